#!/usr/bin/python3
"""The README's table and picture of what a request costs, made of measured figures.

    tests/bench/cost_chart.py            writes gateway/cost.svg from gateway/cost.json and prints the table
    tests/bench/cost_chart.py --check    fails where the README or the picture say something else than the figures
"""
import json
import math
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIGURES, PICTURE, README = ROOT / "gateway/cost.json", ROOT / "gateway/cost.svg", ROOT / "README.md"
COLOURS = {"spaceport": "#d9480f", "nginx": "#2b8a3e", "haproxy": "#1864ab", "nghttpx": "#862e9c", "h2o": "#5c940d", "caddy": "#868e96"}
WIDTH, LEFT, RIGHT, TOP, ROW = 860, 210, 40, 70, 44
LOWEST, HIGHEST = 0.25, 10


def ratio(row, name):
    """Of its cost to that of the best of the others."""
    return row[name] / min(value for other, value in row.items() if other != "spaceport")


def cost(microseconds):
    return f"{microseconds / 1000:.2g} ms" if microseconds >= 1000 else f"{microseconds:.3g} us"


def table(figures):
    names = list(figures["programs"])
    lines = ["| | " + " | ".join(figures["programs"].values()) + " | to the best peer |", "|---|" + "---:|" * (len(names) + 1)]
    for scenario in figures["scenarios"]:
        row = scenario["us"]
        lines.append(f"| {scenario['name']} | " + " | ".join(cost(row[name]) for name in names) + f" | {ratio(row, 'spaceport'):.2f} |")
    return "\n".join(lines)


def x_of(value):
    share = math.log(min(max(value, LOWEST), HIGHEST) / LOWEST) / math.log(HIGHEST / LOWEST)
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def picture(figures):
    rows, bottom = figures["scenarios"], TOP + ROW * len(figures["scenarios"])
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 50}" font-family="sans-serif" font-size="14">',
           f'<rect width="{WIDTH}" height="{bottom + 50}" fill="#ffffff"/>']
    for at, (name, label) in enumerate(figures["programs"].items()):
        out.append(f'<circle cx="{LEFT + at * 105}" cy="24" r="{7 if name == "spaceport" else 5}" fill="{COLOURS[name]}"/>'
                   f'<text x="{LEFT + at * 105 + 12}" y="29" fill="#212529">{label}</text>')
    for value in (0.25, 0.5, 1, 2, 4, 8):
        strong = value == 1
        out.append(f'<line x1="{x_of(value):.1f}" y1="{TOP - 20}" x2="{x_of(value):.1f}" y2="{bottom}" stroke="{"#495057" if strong else "#dee2e6"}"'
                   f' stroke-width="{1.5 if strong else 1}"/><text x="{x_of(value):.1f}" y="{bottom + 20}" text-anchor="middle" fill="#495057">{value:g}</text>')
    out.append(f'<text x="{WIDTH - RIGHT}" y="{bottom + 42}" text-anchor="end" fill="#495057">'
               "CPU time of a request, the best of the others = 1; left is cheaper</text>")
    for at, scenario in enumerate(rows):
        y = TOP + ROW * at + ROW // 2
        out.append(f'<text x="{LEFT - 20}" y="{y + 5}" text-anchor="end" fill="#212529">{scenario["name"]}</text>'
                   f'<line x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" stroke="#f1f3f5"/>')
        for name in sorted(figures["programs"], key="spaceport".__eq__):
            x = x_of(ratio(scenario["us"], name))
            out.append(f'<circle cx="{x:.1f}" cy="{y}" r="{8 if name == "spaceport" else 5}" fill="{COLOURS[name]}" fill-opacity="0.85"/>')
    return "\n".join(out) + "\n</svg>\n"


def main():
    figures = json.loads(FIGURES.read_text())
    if sys.argv[1:] != ["--check"]:
        PICTURE.write_text(picture(figures))
        print(table(figures))
        return
    wrong = [line for line in table(figures).splitlines() if line not in README.read_text()]
    if PICTURE.read_text() != picture(figures):
        wrong.append(f"{PICTURE} is not made of {FIGURES}")
    if figures["commit"] not in README.read_text():
        wrong.append(f"the commit {figures['commit']}")
    if wrong:
        raise SystemExit("not what the figures say:\n" + "\n".join(wrong))


if __name__ == "__main__":
    main()
