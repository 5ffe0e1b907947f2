"""Pages of results in a real browser: no error, no request to anybody, and every picture drawn, in both themes."""
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import urllib.parse

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(os.environ.get("SPACEPORT_BIN", ROOT / "build/dev/bin"))
# It asks nobody, and draws to the end however long that takes.
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-proxy-server", "--disable-extensions",
           "--host-resolver-rules=MAP * ~NOTFOUND", "--disable-background-networking", "--disable-component-update", "--disable-sync",
           "--disable-default-apps", "--window-size=1240,2400", "--virtual-time-budget=4000", "--dump-dom"]
# What is complained about, from the beginning; at the end, of each canvas, in how many colours it is.
BEGIN = """<script>window.complaints = [];
addEventListener("error", (event) => complaints.push(String(event.message)));
addEventListener("securitypolicyviolation", (event) => complaints.push("refused: " + event.blockedURI));
for (const name of ["error", "warn"]) console[name] = (...words) => complaints.push(words.join(" "));</script>"""
END = """<script>(() => {
  const colours = (canvas) => {
    const found = new Set(), { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 40) found.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
    return found.size;
  };
  const seen = { complaints, drawn: document.documentElement.dataset.drawn, canvases: [...document.querySelectorAll("canvas")].map(colours),
    wide: document.documentElement.scrollWidth - innerWidth, fetched: performance.getEntriesByType("resource").map((one) => one.name),
    text: document.body.innerText, ink: getComputedStyle(document.body).color, markup: document.querySelectorAll("main img, main script, main i.evil").length };
  document.body.append(Object.assign(document.createElement("script"), { type: "text/plain", id: "seen", textContent: encodeURIComponent(JSON.stringify(seen)) }));
})();</script>"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    subprocess.run([BIN / "sample_pages", folder], check=True, timeout=60)
    return folder


@functools.cache
def visit(pages, name, theme="light"):
    """What a browser sees of a page."""
    assert shutil.which("chromium"), "chromium is not installed: deploy/install tests"
    page = (pages / f"{name}.html").read_text()
    page = page.replace('<html lang="en">', f'<html lang="en" data-theme="{theme}">').replace("<head>", f"<head>{BEGIN}").replace("</body>", f"{END}</body>")
    folder = pages / f"{name}-{theme}"
    folder.mkdir(exist_ok=True)
    (folder / "page.html").write_text(page)
    done = subprocess.run(["chromium", *OPTIONS, f"--user-data-dir={folder / 'profile'}", f"file://{folder / 'page.html'}"], capture_output=True, text=True,
                          timeout=60, env={**os.environ, "HOME": str(folder)})
    seen = re.search(r'id="seen">([^<]*)<', done.stdout)
    assert seen, done.stderr[-2000:]
    return json.loads(urllib.parse.unquote(seen[1]))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name, canvases", [("run", 6), ("comparison", 7), ("capacity", 5)])
def test_a_page_is_drawn_without_a_complaint(pages, name, canvases, theme):
    seen = visit(pages, name, theme)
    assert seen["complaints"] == []
    assert seen["drawn"] == "yes"
    assert len(seen["canvases"]) == canvases
    assert all(colours > 8 for colours in seen["canvases"]), seen["canvases"]
    assert seen["fetched"] == []
    assert seen["wide"] <= 0, "nothing lies beside the window"
    red, green, blue = map(int, re.findall(r"\d+", seen["ink"])[:3])
    assert (red + green + blue > 384) == (theme == "dark")


def test_a_run_says_what_the_text_says(pages):
    text = visit(pages, "run")["text"]
    for words in ["VALID, but 3 of 4 objectives not held", "1.76 s", "n/a", "(need 10,000)", "≥ 10.0 s", "gateway-queue", "timed out", "Little's law", "branch = main"]:
        assert words in text, words


def test_a_comparison_and_a_capacity_say_what_was_found(pages):
    text = visit(pages, "comparison")["text"]
    assert "gateway is slower: +127 µs at p50" in text and "Wilcoxon" in text and "other" in text
    assert "Between 1,350 and 1,420 requests/s; beyond, p99<250ms breaks first." in visit(pages, "capacity")["text"]


def test_a_result_of_nothing_is_a_page_too(pages):
    seen = visit(pages, "empty")
    assert (seen["complaints"], seen["drawn"]) == ([], "yes")
    assert "n/a (need 1,000)" in seen["text"]


def test_what_others_wrote_stays_text(pages):
    seen = visit(pages, "hostile")
    assert seen["complaints"] == []
    assert seen["markup"] == 0
    assert "<img src=x onerror=complaints.push(1)>" in seen["text"]
    assert "</script><script>complaints.push(2)</script>" in seen["text"]


def test_the_document_can_be_taken_out_of_the_page(pages):
    for name, kind in [("run", "run"), ("comparison", "comparison"), ("capacity", "capacity")]:
        embedded = re.search(r'<script type="application/json" id="document">(.*?)</script>', (pages / f"{name}.html").read_text(), re.DOTALL)
        document = json.loads(embedded[1])
        assert (document["schema"], document["kind"]) == ("spaceport-bench/1", kind)
