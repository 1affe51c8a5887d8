// The picture of the network: curved ties with an arrow, actors with names where there is room for them.

const NODE = ["x", "y", "size", "fill", "number", "words", "letter"];
const TIE = ["xs", "ys", "color", "dash", "width", "row", "words", "arrow_x", "arrow_y", "angle", "head"];
const LABEL_HEIGHT = 15;
const CURVE = Array.from({length: 11}, (_, step) => step / 10);

function tieShape(row, heaviest, at) {
  const [[ax, ay], [bx, by]] = [at.get(edges.actor[row]), at.get(edges.target[row])];
  const [mx, my] = [(ax + bx) / 2 + (by - ay) * 0.14, (ay + by) / 2 - (bx - ax) * 0.14];
  const along = (from, by_way_of, to) => CURVE.map((t) => (1 - t) ** 2 * from + 2 * t * (1 - t) * by_way_of + t ** 2 * to);
  const [xs, ys] = [along(ax, mx, bx), along(ay, my, by)];
  const width = 1 + 4 * Math.sqrt(edges.stories[row] / heaviest);
  return {
    xs, ys, row, width, color: COLOURS[lean(row)], dash: DASHES[lean(row)], words: pairInWords(row), head: 7 + 1.6 * width,
    arrow_x: xs[6], arrow_y: ys[6], angle: Math.atan2(ys[7] - ys[5], xs[7] - xs[5]) - Math.PI / 2,
  };
}

function nodeShape(number, most, [x, y]) {
  const camp = actors.camp[number];
  const inCamp = camp < 0 ? "" : `, camp ${camp + 1}`;
  return {
    number, x, y, size: 9 + 17 * Math.sqrt(actors.stories[number] / most), fill: campColour(camp), letter: camp < 0 ? "" : `${camp + 1}`,
    words: `${nameOf(number)}${actors.kind[number] ? ` (${actors.kind[number]})` : ""}${inCamp}, ${plural(actors.stories[number], "story", "stories")}`,
  };
}

class Network {
  constructor(place, {onTie, onActor}) {
    this.place = place;
    this.nodes = emptySource(...NODE);
    this.ties = emptySource(...TIE);
    this.labels = emptySource("x", "y", "text", "offset");
    this.halo = emptySource("xs", "ys");
    this.shown = [];
    this.at = new Map();
    this.x = new Bokeh.Range1d({start: -1, end: 1});
    this.y = new Bokeh.Range1d({start: -1, end: 1});
    this.plot = this.figure();
    this.ties.selected.change.connect(() => this.chosen(this.ties, (index) => onTie(this.ties.data.row[index])));
    this.nodes.selected.change.connect(() => this.chosen(this.nodes, (index) => onActor(this.nodes.data.number[index])));
    for (const range of [this.x, this.y]) {
      range.change.connect(() => this.relabelSoon());
    }
    new ResizeObserver(() => this.fit()).observe(place);
    this.ready = Bokeh.Plotting.show(this.plot, place);
  }

  figure() {
    const plot = bareFigure({height: this.place.clientHeight, x_range: this.x, y_range: this.y, x_axis_type: null, y_axis_type: null, min_border: 0});
    plot.xgrid.visible = plot.ygrid.visible = false;
    const line = {xs: {field: "xs"}, ys: {field: "ys"}};
    plot.multi_line({...line, source: this.halo, line_color: "#f2c200", line_width: 12, line_alpha: 0.75, line_cap: "round"});
    plot.multi_line({...line, source: this.ties, line_color: {field: "color"}, line_dash: {field: "dash"}, line_width: {field: "width"}, line_alpha: 0.8, nonselection_line_alpha: 0.8});
    plot.scatter({x: {field: "arrow_x"}, y: {field: "arrow_y"}, marker: "triangle", angle: {field: "angle"}, size: {field: "head"}, source: this.ties, fill_color: {field: "color"}, line_color: "#ffffff", nonselection_fill_alpha: 1, nonselection_line_alpha: 1});
    // an unseen broad line, so that a finger finds the thin one
    const broad = plot.multi_line({...line, source: this.ties, line_width: 14, line_alpha: 0, nonselection_line_alpha: 0});
    const dots = plot.scatter({x: {field: "x"}, y: {field: "y"}, size: {field: "size"}, source: this.nodes, fill_color: {field: "fill"}, line_color: "#222222", line_width: 1.2, nonselection_fill_alpha: 1, nonselection_line_alpha: 1});
    plot.text({x: {field: "x"}, y: {field: "y"}, text: {field: "letter"}, source: this.nodes, text_align: "center", text_baseline: "middle", text_font_size: "10px", text_color: "#222222", nonselection_text_alpha: 1});
    plot.text({x: {field: "x"}, y: {field: "y"}, text: {field: "text"}, y_offset: {field: "offset"}, source: this.labels, text_align: "center", text_baseline: "bottom", text_font_size: "12px", text_color: "#111111", background_fill_color: "#ffffff", background_fill_alpha: 0.7});
    plot.add_tools(new Bokeh.PanTool(), new Bokeh.WheelZoomTool({modifiers: {ctrl: true}}), new Bokeh.TapTool({renderers: [dots, broad]}), new Bokeh.HoverTool({renderers: [dots, broad], tooltips: "@words", line_policy: "interp"}));
    return plot;
  }

  chosen(source, use) {
    const [index] = source.selected.indices;
    if (index !== undefined) {
      source.selected.indices = [];
      use(index);
    }
  }

  update(rows, most) {
    const drawn = byStrength(rows.filter((row) => edges.actor[row] !== author && edges.target[row] !== author && edges.actor[row] !== edges.target[row]));
    this.rows = most ? drawn.slice(0, most) : drawn;
    this.shown = [...new Set(this.rows.flatMap((row) => [edges.actor[row], edges.target[row]]))];
    this.at = this.shown.length ? spread(this.shown, this.place.clientWidth || 600, this.place.clientHeight || 400) : new Map();
    const largest = Math.max(1, ...this.shown.map((number) => actors.stories[number]));
    const heaviest = Math.max(1, ...this.rows.map((row) => edges.stories[row]));
    this.ties.data = columns(this.rows.map((row) => tieShape(row, heaviest, this.at)).reverse(), TIE);
    this.nodes.data = columns(this.shown.map((number) => nodeShape(number, largest, this.at.get(number))), NODE);
    this.mark(null);
    this.fit();
    return {ties: drawn.length, drawn: this.rows.length, actors: this.shown.length, stories: storiesOf(this.rows)};
  }

  mark(row) {
    const place = row === null ? -1 : this.ties.data.row.indexOf(row);
    this.halo.data = place < 0 ? {xs: [], ys: []} : {xs: [this.ties.data.xs[place]], ys: [this.ties.data.ys[place]]};
  }

  // All that is drawn, as large as it can be with one scale for both directions.
  fit() {
    const [width, height] = [this.place.clientWidth || 600, this.place.clientHeight || 400];
    const bounds = (values) => [Math.min(...values), Math.max(...values)];
    const [[x0, x1], [y0, y1]] = this.shown.length ? [0, 1].map((axis) => bounds(this.shown.map((number) => this.at.get(number)[axis]))) : [[0, width], [0, height]];
    const unit = Math.max((x1 - x0) / Math.max(80, width - 120), (y1 - y0) / Math.max(80, height - 90), 0.2);
    this.look((x0 + x1) / 2, (y0 + y1) / 2 + 8 * unit, unit * width, unit * height);
  }

  look(x, y, width, height) {
    this.x.setv({start: x - width / 2, end: x + width / 2});
    this.y.setv({start: y - height / 2, end: y + height / 2});
    this.relabel();
  }

  zoom(factor) {
    const {x, y} = this;
    this.look((x.start + x.end) / 2, (y.start + y.end) / 2, (x.end - x.start) * factor, (y.end - y.start) * factor);
  }

  relabelSoon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.relabel(), 60);
  }

  // Names of the actors with most stories first, each only where it covers no other.
  relabel() {
    const perX = this.place.clientWidth / (this.x.end - this.x.start);
    const perY = this.place.clientHeight / (this.y.end - this.y.start);
    const sizes = this.nodes.data.size, taken = [], kept = [];
    const order = this.shown.map((number, place) => place).sort((a, b) => sizes[b] - sizes[a] || a - b);
    for (const place of order) {
      const number = this.shown[place], name = nameOf(number);
      const text = name.length > 26 ? `${name.slice(0, 25)}\u2026` : name;
      const [left, up] = this.at.get(number);
      const [x, y, half] = [left * perX, up * perY + sizes[place] / 2, text.length * 3.3 + 3];
      if (!taken.some((box) => Math.abs(box.x - x) < box.half + half && Math.abs(box.y - y) < LABEL_HEIGHT)) {
        taken.push({x, y, half});
        kept.push({x: left, y: up, text, offset: -sizes[place] / 2 - 1});
      }
    }
    this.labels.data = columns(kept, ["x", "y", "text", "offset"]);
  }
}
