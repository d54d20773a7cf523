"""Draws a line over time as an SVG file; for benchmark.py."""

WIDTH, HEIGHT = 860, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 40, 40


def step_of(most, steps=6):
    """A round number that divides 0…most into about so many steps."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if most / (size * factor) <= steps:
                return size * factor
        size *= 10


def line(path, title, unit, points, limits=(), spans=()):
    """points: (seconds, value); limits: (value, name) drawn across; spans: (from, to, name) along the top."""
    end = max(x for x, _ in points)
    top = max([y for _, y in points] + [y for y, _ in limits]) * 1.08

    def at(x, y):
        return (LEFT + x / end * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - y / top * (HEIGHT - TOP - BOTTOM))

    def text(x, y, content, anchor="middle", color="#444"):
        return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}">{content}</text>'

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
             f'font-size="11"><rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
             text(WIDTH / 2, 14, f"{title} ({unit})", color="#000")]
    step = step_of(top)
    for i in range(int(top / step) + 1):
        x, y = at(0, i * step)
        parts += [f'<path d="M{x:.1f} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>', text(x - 6, y + 4, f"{i * step:g}", "end")]
    step = step_of(end, 10)
    for i in range(int(end / step) + 1):
        x, y = at(i * step, 0)
        parts.append(text(x, y + 16, f"{i * step:g} s"))
    for first, last, name in spans:
        x, y = at(first, 0)
        parts += [f'<path d="M{x:.1f} {TOP}V{y:.1f}" stroke="#bbb" stroke-dasharray="3 3"/>',
                  text((x + at(last, 0)[0]) / 2, TOP - 8, name)]
    for value, name in limits:
        x, y = at(0, value)
        parts += [f'<path d="M{x:.1f} {y:.1f}H{WIDTH - RIGHT}" stroke="#c33"/>',
                  text(WIDTH - RIGHT - 4, y - 4, name, "end", "#c33")]
    path_data = " ".join("{:.1f},{:.1f}".format(*at(x, y)) for x, y in points)
    parts += [f'<polyline points="{path_data}" fill="none" stroke="#236" stroke-width="1.5"/>', "</svg>"]
    with open(path, "w") as f:
        f.write("\n".join(parts) + "\n")
