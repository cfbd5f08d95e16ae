"""croissant.json: the data set in the vocabulary of ML Commons (Croissant 1.0)."""

import json

from .card import citation
from .description import LICENCES, Column, Description, StagedFile

CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
TYPES = {"integer": "sc:Integer", "number": "sc:Float", "text": "sc:Text"}


def json_ld(described: Description, sums: dict[str, str], sizes: dict[str, int]) -> str:
    """Return the description as JSON-LD.

    Parameters
    ----------
    described : Description
        What is said of the data set.
    sums, sizes : dict
        SHA-256 and number of bytes of each data file.
    """
    document: dict[str, object] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": described.slug,
        "alternateName": described.title,
        "description": described.abstract,
        "license": LICENCES[described.licence][0],
        "keywords": list(described.keywords),
        "datePublished": described.edition.date,
        "version": described.edition.version,
        "citeAs": citation(described),
        "distribution": [
            _file_object(file, sums[file.name], sizes[file.name])
            for file in described.files
            if file.name in sums
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "rows",
                "name": "rows",
                "description": f"One record for each row of {described.table.name}.",
                "field": [
                    _field(column, described.table.name) for column in described.table.columns
                ],
            }
        ],
    }
    if described.owner is not None:
        document["url"] = described.url
        document["creator"] = {
            "@type": "sc:Person",
            "name": described.owner,
            "url": f"https://www.kaggle.com/{described.owner}",
        }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _file_object(file: StagedFile, digest: str, size: int) -> dict[str, object]:
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "description": file.text,
        "contentUrl": file.name,
        "contentSize": f"{size} B",
        "encodingFormat": file.media,
        "sha256": digest,
    }


def _field(column: Column, table: str) -> dict[str, object]:
    return {
        "@type": "cr:Field",
        "@id": f"rows/{column.name}",
        "name": column.name,
        "description": f"{column.text} ({column.unit})" if column.unit else column.text,
        "dataType": TYPES[column.kind],
        "source": {
            "fileObject": {"@id": table},
            "extract": {"column": column.name},
        },
    }
