"""Labels: they fit their paper, in every script there is a font for; the QR code says the number and nothing else."""

import json
import re
from importlib.util import find_spec

import pytest
from click.testing import CliRunner

from tests.support import sites
from whistle.site.roster import Private
from whistle.site.site import Site
from whistle.workbench import fonts, labels, sheets
from whistle.workbench.command import workbench
from whistle.workbench.errors import BadWish, NoFont
from whistle.workbench.labels import Label

ANNA = Label("Anna", "34th & Cedar", "34CE", "!0a1b2c3d")
LONG = Label(
    "María José Fernández de la Vega Ortiz-Díaz", "Courtyard of the Juniper Housing Cooperative, block C", "COJU", "!1"
)
WIDE = Label("W" * 40, "M" * 60, "MMMM", "!ffffffff")
SCRIPTS = {
    "Cyrillic and Greek": "Улица Ελλάδα",
    "Arabic": "شارع الأرز ٣٤",
    "Hebrew": "רחוב הארז 12",
    "Devanagari": "देवनागरी क्षेत्र",
    "Bengali": "বাংলা",
    "Tamil": "தமிழ்",
    "Thai": "ถนนสีลม",
    "Khmer": "ខ្មែរ",
    "Ethiopic": "አዲስ አበባ",
    "Georgian and Armenian": "ქართული Հայերեն",
}


@pytest.fixture
def seen():
    """Renders a PDF's page and reads its QR codes, as a phone would."""
    for module in ("pypdfium2", "zxingcpp"):
        if find_spec(module) is None:
            pytest.skip(f"missing package: {module} (`make setup` installs it)")
    import pypdfium2
    import zxingcpp

    def look(data: bytes, page: int = 0):
        picture = pypdfium2.PdfDocument(data)[page].render(scale=4).to_pil().convert("L")
        return picture, sorted(code.text for code in zxingcpp.read_barcodes(picture))

    return look


def laid_out(label: Label, width: float, height: float) -> labels.Drawn:
    with sheets.Pen(label.words, (width, height)) as pen:
        return labels.draw(label, width, height, pen.measure)


@pytest.mark.parametrize("sheet", sheets.SHEETS)
def test_every_sheet_lies_within_its_paper_and_no_label_over_another(sheet):
    form = sheets.SHEETS[sheet]
    corners = [form.at(number) for number in range(form.size)]
    assert all(x >= 0 and x + form.width <= form.paper[0] + 0.01 for x, _ in corners)
    assert all(y >= 0 and y + form.height <= form.paper[1] + 0.01 for _, y in corners)
    assert form.step[0] >= form.width - 0.01 and form.step[1] >= form.height - 0.01


@pytest.mark.parametrize("sheet", sheets.SHEETS)
@pytest.mark.parametrize("label", [ANNA, LONG, WIDE, Label("", "x", "x", "!00000004")], ids=lambda one: one.place[:9])
def test_everything_on_a_label_is_within_it_and_nothing_overlaps(sheet, label):
    form = sheets.SHEETS[sheet]
    drawn = laid_out(label, form.width, form.height)
    right = max(bar.x + bar.width for bar in drawn.bars)
    bottom = 0.0
    for text in drawn.texts:
        assert text.x > right and text.x + text.width <= form.width - labels.MARGIN_MM + 0.01
        assert text.y >= bottom - 0.01 and text.size >= 2
        bottom = text.y + text.size * labels.MM_PER_PT
    assert bottom <= form.height and min(bar.y for bar in drawn.bars) >= 0
    assert max(bar.y + bar.height for bar in drawn.bars) <= form.height


def test_no_word_is_lost_when_a_text_takes_two_lines():
    drawn = laid_out(LONG, 66.675, 25.4)
    assert " ".join(text.words for text in drawn.texts) == f"{LONG.name} {LONG.place} COJU   !1"
    assert all(text.size >= 5 for text in drawn.texts)
    halves = laid_out(WIDE, 66.675, 25.4).texts
    assert "".join(text.words for text in halves[:2]) == "W" * 40


def test_codes_on_paper_are_read_back_and_say_the_number_alone(seen):
    many = [Label(f"Beacon {n}", "34th & Cedar", "34CE", f"!0a1b2c{n:02x}") for n in range(30)]
    for sheet in sheets.SHEETS:
        form = sheets.SHEETS[sheet]
        data = sheets.pdf(many, sheet, skip=min(2, form.size - 1))
        _, codes = seen(data)
        first = min(30, form.size - min(2, form.size - 1))
        assert codes == [f"WHISTLE:1:0A1B2C{n:02X}" for n in range(first)], sheet
    assert labels.matrix(ANNA.qr) != labels.matrix(LONG.qr)


def test_a_label_worn_off_by_a_corner_is_still_read(seen):
    import zxingcpp
    from PIL import ImageDraw

    picture, codes = seen(sheets.pdf([ANNA], "single-62x29"))
    assert codes == ["WHISTLE:1:0A1B2C3D"]
    x, y = (int(value / 25.4 * 72 * 4) for value in (2.5 + 14, 2.5 + 14))
    ImageDraw.Draw(picture).rectangle((x, y, x + 28, y + 28), fill=255)
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == codes


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_is_drawn_joined_and_turned(script, seen):
    if find_spec("manimgx_fonts") is None or not fonts.shaper():
        pytest.skip("missing packages: manimgx-fonts, uharfbuzz (`make setup` installs them)")
    words = SCRIPTS[script]
    empty, _ = seen(sheets.pdf([Label("", "", "x", "!00000004")], "single-62x29"))
    with_words, _ = seen(sheets.pdf([Label("", words, "x", "!00000004")], "single-62x29"))
    assert empty.tobytes() != with_words.tobytes()
    with sheets.Pen([words], (62, 29)) as pen:
        loose = sum(pen.measure(char, 10) for char in words)
        assert 0 < pen.measure(words, 10) < loose * 1.02  # joined letters are narrower than loose ones, never wider


def test_what_no_font_has_is_refused_and_named(monkeypatch):
    with pytest.raises(NoFont, match=r"U\+12000, cuneiform sign a"):
        sheets.pdf([Label("\U00012000", "34th", "34", "!1")], "a4-3x8")
    monkeypatch.setattr(fonts, "shaper", lambda: False)
    sheets.pdf([Label("Улица Łódź", "34th", "34", "!1")], "a4-3x8")
    with pytest.raises(NoFont, match="needs the Python package uharfbuzz"):
        sheets.pdf([Label("שלום", "34th", "34", "!1")], "a4-3x8")


def test_what_cannot_be_printed_is_said():
    for wrong in (lambda: sheets.pdf([], "a4-3x8"), lambda: sheets.pdf([ANNA], "a4-3x8", 24)):
        with pytest.raises(BadWish, match="24 labels"):
            wrong()


def test_the_picture_escapes_and_holds_its_width():
    picture = sheets.svg(Label("<Anna>", "34th & Cedar", "34CE", "!0a1b2c3d"))
    assert "&lt;Anna&gt;" in picture and "34th &amp; Cedar" in picture and 'width="70.0mm"' in picture
    for x, length in re.findall(r'<text x="([\d.]+)".*?textLength="([\d.]+)"', picture):
        assert float(x) + float(length) <= 70


@pytest.fixture
def home(tmp_path):
    site = sites.made(tmp_path, beacons=0)
    secret = Private(entrance="SECRET-A", floor="SECRET-B", door="SECRET-C", note="SECRET-D")
    site.add_beacon("Anna", "34th & Cedar", 44.9512, -93.2534, private=secret)
    site.add_beacon("Bert", "Mill Lane", 44.95, -93.25)
    site.retire_beacon(site.find("Bert").node)
    return site.directory


def run(*arguments):
    result = CliRunner().invoke(workbench, ["label", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_nothing_secret_and_no_key_is_on_a_label(home, tmp_path):
    node = Site.open(home).find("Anna").node
    done = run("Anna", "--out", tmp_path / "a.svg", "--site", home, "--json")
    assert json.loads(done.output) == {
        "event": "labels",
        "file": str(tmp_path / "a.svg"),
        "labels": 1,
        "nodes": [node],
    }
    picture = (tmp_path / "a.svg").read_text()
    texts = re.findall(r">([^<>]+)</text>", picture)
    assert texts == ["Anna", "34th &amp; Cedar", f"34CE   !{node:08x}"]
    assert labels.of(Site.open(home), node).qr == f"WHISTLE:1:{node:08X}"
    assert Site.open(home).file.site not in picture and "44.95" not in picture
    run("Anna", "--no-name", "--out", tmp_path / "b.svg", "--site", home)
    assert "Anna" not in (tmp_path / "b.svg").read_text()


def test_sheets_are_of_those_in_use_and_wrong_words_are_one_sentence(home, tmp_path):
    done = run("--all", "--out", tmp_path / "a.pdf", "--site", home, "--sheet", "letter-3x10")
    assert done.exit_code == 0 and "labels: 1." in done.output
    assert (tmp_path / "a.pdf").read_bytes()[:5] == b"%PDF-"
    for arguments in (["--out", "x.pdf"], ["Anna", "--all", "--out", "x.pdf"], ["Carl", "--out", "x.pdf"]):
        wrong = run(*arguments, "--site", home)
        assert wrong.exit_code == 1 and wrong.output.startswith("Error: ") and wrong.output.count("\n") == 1
    gone = run("Bert", "--out", tmp_path / "x.pdf", "--site", home)
    assert gone.exit_code == 1 and "'Bert' is no longer in use" in gone.output and not (tmp_path / "x.pdf").exists()
    assert "holds one label" in run("Anna", "Anna", "--out", tmp_path / "x.svg", "--site", home).output


def test_whatever_prints_labels_calls_the_sheet_alike():
    for name in ("label", "batch"):
        command = workbench.get_command(None, name)
        assert "--sheet" in {option for parameter in command.params for option in parameter.opts}, name
