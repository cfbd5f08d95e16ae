"""The figures that runs are compared by: what each means, and which way is better."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One figure of a comparison.

    Attributes
    ----------
    name
        Its key in `Row.figures`.
    title
        Its title in tables.
    better
        -1 where low is better, 1 where high is, 0 where neither.
    digits
        Decimal places shown.
    meaning
        What it is, in words.
    main
        Whether it is also shown by latent size and activation.
    """

    name: str
    title: str
    better: int
    digits: int
    meaning: str
    main: bool = False


GROUPS: dict[str, tuple[Column, ...]] = {
    "reconstruction": (
        Column("mse", "MSE", -1, 5, "held-out reconstruction error, pixels in [0, 1]", True),
        Column("of_mean", "of mean", -1, 3, "that error over the mean image's"),
        Column("of_pca", "of PCA", -1, 3, "that error over PCA's with as many components"),
    ),
    "quality": (
        Column(
            "frechet", "Frechet", -1, 3,
            "Frechet distance to never-seen images, autoencoder's codes; not FID", True,
        ),
        Column("frechet_real", "(real)", 0, 3, "the same of training images: the floor"),
        Column("frechet_detail", "Frechet det.", -1, 2, "the same in the features `detail`"),
        Column("classifier_test", "told apart", -1, 3,
               "accuracy of a network that tells samples from images; 0.5: it cannot", True),
        Column("kernel", "kernel", -1, 4, "cubic kernel distance there; not KID"),
        Column("frechet_classifier", "Frechet cl.", -1, 2, "the same in a classifier's features"),
        Column("fid", "FID", -1, 2, "Frechet distance in Inception's features", True),
        Column("kid", "KID", -1, 4, "kernel distance in Inception's features"),
        Column("inception_score", "IS", 1, 2, "Inception score (torch-fidelity)"),
        Column("diversity", "diversity", 0, 3, "mean distance of two samples, over two images'"),
        Column("d_gap", "D gap", 0, 3, "mean D(x), held out, less mean D(G(z)); 0: D cannot tell"),
    ),
    "classes": (
        Column("covered", "covered", 1, 0, "classes with a tenth of their real share or more"),
        Column("class_distance", "shares", -1, 3, "total variation between the class shares"),
        Column("class_score", "class score", 1, 2, "Inception score's formula, classifier", True),
        Column("unsure", "unsure", -1, 3, "share of samples that the classifier is unsure of"),
        Column("agreement", "as asked", 1, 3, "share of samples named as they were asked for"),
    ),
    "copying and manifold": (
        Column("copying", "C_T", 0, 2, "statistic of copying; far below 0: too close"),
        Column("copying_p", "p", 0, 3, "small: too close to the training images"),
        Column("precision", "precision", 1, 3, "share of samples on the images' manifold"),
        Column("recall", "recall", 1, 3, "share of images on the samples' manifold", True),
        Column("density", "density", 0, 3, "precision, by how many balls a sample is in"),
        Column("coverage", "coverage", 1, 3, "share of images with a sample in their ball", True),
    ),
    "disentanglement": (
        Column("mig", "MIG", 1, 3, "mutual information gap", True),
        Column("sap", "SAP", 1, 3, "separated attribute predictability"),
        Column("disentanglement", "DCI d", 1, 3, "each latent tells of one factor"),
        Column("completeness", "DCI c", 1, 3, "each factor stands in one latent"),
        Column("informativeness", "DCI i", 1, 3, "R2 of the factors, read off the codes", True),
        Column("factor_vae", "FactorVAE", 1, 3, "FactorVAE's score"),
    ),
}  # fmt: skip
COLUMNS = {column.name: column for group in GROUPS.values() for column in group}
