"""The finishing pass: what WeasyPrint leaves to be right in PDF/UA-1 and PDF/A-3a.

Running heads become artifacts, table headers get their scope, figures their box in the page's own
coordinates, every glyph a letter, the metadata both conformance marks, and the data travels inside
as an attachment.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

PIXEL = 0.75  # one CSS pixel in points
_MARKED = {"BDC", "BMC"}


def finish(raw: bytes, document: dict[str, Any], made: datetime) -> bytes:
    """The finished PDF; `made` is the date it bears. The same input gives the same bytes."""
    import pikepdf

    with pikepdf.open(BytesIO(raw)) as pdf:
        elements = list(structure(pdf.Root.StructTreeRoot))
        reachable = {element.objgen for element in elements}
        parents = _parent_tree(pdf)
        for page in pdf.pages:
            _heads_as_artifacts(pdf, page, parents, reachable)
        for element in elements:
            _complete(element)
        _map_every_glyph(pdf)
        _attach(pdf, encoded(document), made)
        _describe(pdf, made)
        finished = BytesIO()
        pdf.save(
            finished,
            deterministic_id=True,
            compress_streams=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return finished.getvalue()


def encoded(document: dict[str, Any]) -> bytes:
    """The document as it is archived and attached: JSON in UTF-8, keys in their order."""
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def structure(root: Any) -> Iterator[Any]:
    """Every structure element below the root, in reading order."""
    import pikepdf

    kids = root.get("/K")
    if kids is None:
        return
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from structure(kid)


def _parent_tree(pdf: Any) -> dict[int, Any]:
    nums = pdf.Root.StructTreeRoot.ParentTree.Nums
    return {int(nums[i]): nums[i + 1] for i in range(0, len(nums), 2)}


def _heads_as_artifacts(
    pdf: Any, page: Any, parents: dict[int, Any], reachable: set[tuple[int, int]]
) -> None:
    """Mark content whose structure element hangs on nothing as pagination artifacts."""
    import pikepdf

    owners: Any = parents[int(page.StructParents)]
    loose = {
        index
        for index, owner in enumerate(owners)
        if not isinstance(owner, pikepdf.Dictionary) or owner.objgen not in reachable
    }
    if not loose:
        return
    artifact = pikepdf.Name.Artifact
    pagination = pikepdf.Dictionary(Type=pikepdf.Name.Pagination)
    rewritten = []
    for instruction in pikepdf.parse_content_stream(page):
        operands, operator = instruction.operands, str(instruction.operator)
        if operator == "BDC" and _content_id(operands) in loose:
            instruction = pikepdf.ContentStreamInstruction(
                [artifact, pagination], pikepdf.Operator("BDC")
            )
        rewritten.append(instruction)
    page.Contents = pdf.make_stream(pikepdf.unparse_content_stream(rewritten))
    for index in loose:
        owners[index] = None  # the place in the array stays, for the numbers after it count


def _content_id(operands: Any) -> int | None:
    """The number of a marked content, None for artifacts."""
    import pikepdf

    if len(operands) < 2 or not isinstance(operands[1], pikepdf.Dictionary):
        return None
    return int(operands[1].MCID) if "/MCID" in operands[1] else None


def _complete(element: Any) -> None:
    import pikepdf

    kind = str(element.S)
    if kind == "/TH":
        in_head = "/P" in element and str(element.P.P.S) == "/THead"
        attributes = element.get("/A", pikepdf.Dictionary())
        attributes.O = pikepdf.Name.Table
        attributes.Scope = pikepdf.Name.Column if in_head else pikepdf.Name.Row
        element.A = attributes
    elif kind == "/Figure" and "/A" in element and "/BBox" in element.A:
        height = float(element.Pg.MediaBox[3])
        left, top, right, bottom = (float(edge) * PIXEL for edge in element.A.BBox)
        element.A.BBox = pikepdf.Array(
            [round(edge, 3) for edge in (left, height - bottom, right, height - top)]
        )
        element.A.Placement = pikepdf.Name.Block


def _map_every_glyph(pdf: Any) -> None:
    """Give glyphs without a letter of their own (the dots of Arabic letters) one of no width."""
    import pikepdf

    for font in pdf.objects:
        if not isinstance(font, pikepdf.Dictionary) or "/ToUnicode" not in font:
            continue
        stream: Any = font.ToUnicode
        letters = bytes(stream.read_bytes())
        if b"> <>" in letters:
            stream.write(letters.replace(b"> <>", b"> <200b>"))


def _attach(pdf: Any, data: bytes, made: datetime) -> None:
    import pikepdf

    stream = pdf.make_stream(data)
    stream.Type = pikepdf.Name.EmbeddedFile
    stream.Subtype = pikepdf.Name("/application/json")
    stream.Params = pikepdf.Dictionary(
        Size=len(data),
        ModDate=_pdf_date(made),
        CheckSum=pikepdf.String(hashlib.md5(data, usedforsecurity=False).digest()),
    )
    name = "data.json"
    file = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Filespec,
            F=name,
            UF=name,
            Desc="The report's data: every figure with its id, value, n and interval",
            AFRelationship=pikepdf.Name.Data,
            EF=pikepdf.Dictionary(F=stream, UF=stream),
        )
    )
    tree = pikepdf.Dictionary(Names=pikepdf.Array([name, file]))
    names = pdf.Root.get("/Names", pikepdf.Dictionary())
    names.EmbeddedFiles = pdf.make_indirect(tree)
    pdf.Root.Names = names
    pdf.Root.AF = pikepdf.Array([file])


def _pdf_date(moment: datetime) -> str:
    return f"D:{moment:%Y%m%d%H%M%S}+00'00'"


def _describe(pdf: Any, made: datetime) -> None:
    """Metadata that says PDF/A-3a and PDF/UA-1 and agrees with the information dictionary."""
    import pikepdf

    info = pdf.docinfo
    info.CreationDate = info.ModDate = _pdf_date(made)
    said = {
        name: escape(str(info.get(f"/{name}", "")))
        for name in ("Title", "Author", "Subject", "Creator", "Producer")
    }
    stream = pdf.make_stream(_XMP.format(date=f"{made:%Y-%m-%dT%H:%M:%S}+00:00", **said).encode())
    stream.Type, stream.Subtype = pikepdf.Name.Metadata, pikepdf.Name.XML
    pdf.Root.Metadata = stream


_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfaid:part>3</pdfaid:part>
<pdfaid:conformance>A</pdfaid:conformance>
<pdfuaid:part>1</pdfuaid:part>
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{Title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{Author}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{Subject}</rdf:li></rdf:Alt></dc:description>
<xmp:CreatorTool>{Creator}</xmp:CreatorTool>
<xmp:CreateDate>{date}</xmp:CreateDate>
<xmp:ModifyDate>{date}</xmp:ModifyDate>
<pdf:Producer>{Producer}</pdf:Producer>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of PDF/UA the file conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""


def page_count(pdf: bytes) -> int:
    """How many pages a PDF has."""
    import pikepdf

    with pikepdf.open(BytesIO(pdf)) as opened:
        return len(opened.pages)
