// The stance of a pair over time: its mean with the interval of each period, and the stories below.

const time = (date) => Date.parse(`${date}T00:00:00Z`);
const DAY = 86400000;

function timelinePoints(rows) {
  return rows.filter((row) => periods[edges.period[row]].first).map((row) => {
    const {first, last, name} = periods[edges.period[row]];
    const [start, end] = [time(first), time(last) + DAY];
    const [support, neutral, oppose] = STANCES.map((stance) => edges[stance][row]);
    return {
      row, name, x: (start + end) / 2, width: (end - start) * 0.9, y: edges.mean[row], color: COLOURS[lean(row)],
      low: edges.low[row] ?? edges.mean[row], high: edges.high[row] ?? edges.mean[row],
      size: Math.min(18, 6 + 2 * Math.sqrt(edges.stories[row])),
      top_support: support, top_neutral: support + neutral, top_oppose: support + neutral + oppose,
      words: `${name}: ${signed(edges.mean[row])}, ${within(edges.low[row], edges.high[row])}, ${plural(edges.stories[row], "story", "stories")}`,
    };
  });
}

function timeRange(points) {
  const margin = Math.max(...points.map((point) => point.width)) * 0.75;
  const xs = points.map((point) => point.x);
  return new Bokeh.Range1d({start: Math.min(...xs) - margin, end: Math.max(...xs) + margin});
}

function stanceFigure(source, x_range) {
  const plot = bareFigure({height: 190, x_range, y_range: new Bokeh.Range1d({start: -1.08, end: 1.08}), x_axis_type: "datetime", y_axis_label: "stance"});
  plot.add_layout(new Bokeh.Span({location: 0, dimension: "width", line_color: "#777777", line_width: 1}));
  plot.segment({x0: {field: "x"}, x1: {field: "x"}, y0: {field: "low"}, y1: {field: "high"}, source, line_color: {field: "color"}, line_width: 2});
  const dots = plot.scatter({x: {field: "x"}, y: {field: "y"}, size: {field: "size"}, source, fill_color: {field: "color"}, line_color: "#222222"});
  plot.add_tools(new Bokeh.HoverTool({renderers: [dots], tooltips: "@words", attachment: "vertical"}));
  return plot;
}

function storiesFigure(source, x_range) {
  const plot = bareFigure({height: 120, x_range, y_range: new Bokeh.DataRange1d({start: 0}), x_axis_type: "datetime", y_axis_label: "stories"});
  let bottom = 0;
  for (const stance of STANCES) {
    const top = {field: `top_${stance}`};
    const hatch = stance === "oppose" ? {hatch_pattern: "right_diagonal_line", hatch_color: "#ffffff", hatch_weight: 1, hatch_scale: 6} : {};
    plot.vbar({x: {field: "x"}, width: {field: "width"}, bottom, top, source, fill_color: COLOURS[stance], line_color: "#ffffff", ...hatch});
    bottom = top;
  }
  return plot;
}

async function drawTimeline(place, actor, target) {
  const rows = pairRows(actor, target);
  const points = timelinePoints(rows).sort((a, b) => a.x - b.x);
  const undated = rows.filter((row) => periods[edges.period[row]].name === "undated");
  place.replaceChildren();
  if (!points.length) {
    place.append(element("p", {class: "source"}, periods.some((one) => one.first) ? "No story of this pair has a date." : "No dates: no timeline."));
    return;
  }
  const {row: _, ...first} = points[0];
  const source = new Bokeh.ColumnDataSource({data: columns(points, Object.keys(first))});
  const range = timeRange(points);
  const rests = `On ${plural(storiesOf(points.map((point) => point.row)), "story", "stories")} with a date${undated.length ? `; ${whole(storiesOf(undated))} without` : ""}. Bars: support below, neutral, opposition (hatched) above.`;
  const box = element("div", {role: "img", "aria-label": points.map((point) => point.words).join("; ")});
  place.append(element("h3", {}, "Over time"), box, element("p", {class: "source"}, rests));
  const plots = [stanceFigure(source, range), storiesFigure(source, range)];
  await Bokeh.Plotting.show(new Bokeh.Column({children: plots, sizing_mode: "stretch_width"}), box);
}
