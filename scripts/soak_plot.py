"""Draws soak.py's samples as one SVG file: panels above each other over the same time, with the faults marked."""
import math

from plot import step_of

WIDTH, LEFT, RIGHT, PANEL, GAP, TOP = 1000, 70, 150, 130, 34, 56
COLORS = {"kill": "#c22", "stop": "#27a", "full disk": "#b70", "full disk, kill": "#e50", "read-only": "#808",
          "settings": "#393", "cut": "#777"}
POINTS = 850


def thinned(points):
    """At most so many points: of each stretch its largest value, so that no peak is lost. None breaks the line."""
    size = max(1, len(points) // POINTS)
    result = []
    for at in range(0, len(points), size):
        some = [point for point in points[at:at + size] if point[1] is not None]
        result.append(max(some, key=lambda point: point[1]) if some else (points[at][0], None))
    return result


class Page:
    def __init__(self, end, panels):
        self.end = max(end, 1)
        self.height = TOP + panels * (PANEL + GAP) + 20
        self.parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" '
                      f'font-family="sans-serif" font-size="11"><rect width="{WIDTH}" height="{self.height}" fill="white"/>']
        self.y = TOP + 14

    def text(self, x, y, content, anchor="start", color="#444", size=11):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}" font-size="{size}">'
                          f'{content}</text>')

    def x(self, seconds):
        return LEFT + seconds / self.end * (WIDTH - LEFT - RIGHT)

    def head(self, title, faults):
        self.text(LEFT, 16, title, color="#000", size=13)
        x = LEFT
        for kind, color in COLORS.items():
            count = sum(1 for _, one in faults if one == kind)
            if count:
                self.parts.append(f'<path d="M{x:.1f} 32h12" stroke="{color}" stroke-width="3"/>')
                self.text(x + 16, 36, f"{kind} ({count})")
                x += 40 + 7 * len(f"{kind} ({count})")
        for at, kind in faults:
            self.parts.append(f'<path d="M{self.x(at):.1f} {TOP - 8}V{self.height - 34}" stroke="{COLORS[kind]}" '
                              'stroke-opacity="0.45"/>')

    def panel(self, title, lines, limit=None, is_log=False):
        """lines: (name, color, [(seconds, value or None)])."""
        values = [value for _, _, points in lines for _, value in points if value is not None] or [1]
        bottom = self.y + PANEL
        if is_log:
            low = 10 ** math.floor(math.log10(max(min(values), 0.01)))
            span = math.log10(max(max(values), low * 10) / low) * 1.03
            marks = [low * 10 ** i for i in range(int(span) + 1)]

            def height(value): return math.log10(max(value, low) / low) / span * PANEL
        else:
            most = max(values + ([limit[0]] if limit else [])) * 1.08 or 1
            step = step_of(most, 4)
            marks = [step * i for i in range(int(most / step) + 1)]

            def height(value): return value / most * PANEL
        self.text(LEFT, self.y - 6, title, color="#000")
        for mark in marks:
            y = bottom - height(mark)
            self.parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
            self.text(LEFT - 6, y + 4, f"{mark:g}", "end")
        if limit:
            y = bottom - height(limit[0])
            self.parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#c33" stroke-dasharray="6 3"/>')
            self.text(WIDTH - RIGHT + 6, y + 4, limit[1], color="#c33")
        for i, (name, color, points) in enumerate(lines):
            self.text(WIDTH - RIGHT + 6, self.y + 30 + 15 * i, name, color=color)
            pieces, pen = [], "M"
            for seconds, value in thinned(points):
                if value is None:
                    pen = "M"
                    continue
                pieces.append(f"{pen}{self.x(seconds):.1f} {bottom - height(value):.1f}")
                pen = "L"
            self.parts.append(f'<path d="{"".join(pieces)}" fill="none" stroke="{color}" stroke-width="1.1"/>')
        self.y = bottom + GAP

    def write(self, path):
        step = step_of(self.end / 60, 12)
        for i in range(int(self.end / 60 / step) + 1):
            self.text(self.x(i * step * 60), self.height - 20, f"{i * step:g} min", "middle")
        with open(path, "w") as f:
            f.write("\n".join([*self.parts, "</svg>"]) + "\n")


def draw(path, title, samples, faults, limit):
    """samples: one dictionary a second; faults: (seconds, kind); limit: (MiB, its name)."""
    def line(name, color, key, factor=1.0):
        return name, color, [(one["at"], None if one.get(key) is None else one[key] * factor) for one in samples]

    page = Page(samples[-1]["at"], 5)
    page.head(title, faults)
    page.panel("memory, MiB", [line("resident", "#236", "rss", 1 / (1 << 20))], limit)
    page.panel("handles", [line("open descriptors", "#236", "handles"), line("threads", "#283", "threads"),
                           line("files in the directory", "#b50", "files")])
    page.panel("the directory, GB", [line("bytes on disk", "#236", "bytes", 1e-9)])
    page.panel("latency, ms (logarithmic)", [line("GET, longest", "#eba", "get_max"), line("GET, p99", "#b50", "get_p99"),
                                             line("PING, longest", "#abd", "ping_max"), line("PING, p99", "#236", "ping_p99"),
                                             line("PING, p50", "#283", "ping_p50")], is_log=True)
    page.panel("load average of the machine", [line("1 minute", "#236", "load")])
    page.write(path)
