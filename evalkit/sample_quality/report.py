"""Results as text."""

from .evaluation import Quality


def quality_table(result: Quality) -> str:
    """All figures of one generator, real images' beside them."""
    row = "{:<34}{:>12}  {}".format
    q = result
    lines = [
        row(f"{q.kind}, {q.images:,} images", "generated", f"training images (real: {q.real})")
    ]
    for name, d in q.distances.items():
        lines.append(row(f"frechet, {name} (not FID)", f"{d.frechet:.3f}", f"{d.real_frechet:.3f}"))
        kernel = f"{d.kernel:.4f}"
        told = f"{d.real_kernel:.4f}  (+- {d.kernel_sd:.4f} over subsets)"
        lines.append(row(f"kernel, {name} (not KID)", kernel, told))
    if q.inception is not None:
        i = q.inception
        mark = "" if i.standard else ", other weights"
        lines.append(row(f"FID{mark}", f"{i.fid:.3f}", ""))
        lines.append(row(f"KID{mark}", f"{i.kid:.5f}", f"(+- {i.kid_sd:.5f})"))
        score = f"(+- {i.inception_score_sd:.3f})"
        lines.append(row(f"Inception score{mark}", f"{i.inception_score:.3f}", score))
    lines.append(row("diversity, ratio", f"{q.diversity:.3f}", f"{q.real_diversity:.3f}"))
    if q.discrimination is not None:
        of = q.discrimination
        told = f"{of.training:.3f}  (held out {of.held_out:.3f})"
        lines.append(row("D", f"{of.generated:.3f}", told))
    if q.modes is not None:
        m = q.modes
        there = sum(c.real_share > 0 for c in m.classes)
        lines.append(row("classes covered", f"{m.covered} of {there}", " ".join(m.missing)))
        lines.append(row("total variation of class shares", f"{m.distance:.3f}", ""))
        lines.append(row("class score (not Inception's)", f"{m.score:.3f}", f"{m.real_score:.3f}"))
        lines.append(row("unsure answers", f"{m.unsure:.3f}", f"{m.real_unsure:.3f}"))
        if m.agreement is not None:
            lines.append(row("named as asked for", f"{m.agreement:.3f}", ""))
        head = "{:<14}{:>8}{:>8}{:>11}{:>11}{:>11}".format
        lines.append(head("class", "share", "real", "certainty", "diversity", "agreement"))
        for c in m.classes:
            some = (c.certainty, c.diversity, c.agreement)
            rest = ("-" if v is None else f"{v:.3f}" for v in some)
            lines.append(head(c.label[:13], f"{c.share:.3f}", f"{c.real_share:.3f}", *rest))
    lines += q.notes
    return "\n".join(lines)
