// What the two charts share: colours that colour-blind readers can tell apart, and figures without a toolbar.

const COLOURS = {support: "#0063a6", neutral: "#d9d9d9", oppose: "#c4500a", mixed: "#6f6f6f"};
const DASHES = {support: [], oppose: [7, 4], mixed: [2, 3]};
const CAMP_COLOURS = ["#8fd3b6", "#f2b5d4", "#f5e663", "#b9b3e6", "#d9b48f", "#bfe3f2"];
const campColour = (camp) => CAMP_COLOURS[camp] ?? (camp < 0 ? "#ffffff" : "#e2e2e2");

function emptySource(...names) {
  return new Bokeh.ColumnDataSource({data: Object.fromEntries(names.map((name) => [name, []]))});
}

function bareFigure(settings) {
  const plot = Bokeh.Plotting.figure({
    toolbar_location: null, tools: [], sizing_mode: "stretch_width", min_border: 4, outline_line_color: null, ...settings,
  });
  plot.toolbar.logo = null;
  return plot;
}

// Columns of a list of objects.
function columns(items, names) {
  return Object.fromEntries(names.map((name) => [name, items.map((item) => item[name])]));
}
