// Charts by Plotly, in the page's own colours. Each has a table beside it that says the same.

let loading = null;

/** Plotly writes some styles as attributes, which our Content-Security-Policy forbids; as properties
 * it allows them. */
function styleByProperty() {
  const { setAttribute } = SVGElement.prototype;
  SVGElement.prototype.setAttribute = function set(name, value) {
    if (name === "style") this.style.cssText = value;
    else setAttribute.call(this, name, value);
  };
}

/** Plotly, fetched when the first chart is drawn. */
function plotly() {
  loading ||= new Promise((resolve, reject) => {
    styleByProperty();
    // On loading it adds a style sheet for maps, which would be blocked, and we draw none.
    const { head } = document;
    head.appendChild = (node) => (node instanceof HTMLStyleElement ? node : Node.prototype.appendChild.call(head, node));
    const script = document.createElement("script");
    script.src = "/static/plotly.min.js";
    script.onload = () => {
      delete head.appendChild;
      resolve(globalThis.Plotly || globalThis.moduleName);
    };
    script.onerror = () => reject(new Error("the charts could not be loaded"));
    document.head.append(script);
  });
  return loading;
}

/** What a CSS variable such as "--ink" is worth now, as rgb(). */
export function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

const drawn = new Map();

/**
 * Draw into `place`; again whenever the colours change.
 * @param {HTMLElement} place
 * @param {() => {data: object[], layout: object}} make asked anew for every drawing
 */
export async function draw(place, make) {
  drawn.set(place, make);
  const Plotly = await plotly();
  if (drawn.get(place) !== make) return; // something newer was asked for meanwhile
  const { data, layout } = make();
  const ink = colour("--ink");
  const line = colour("--line");
  const axis = { gridcolor: line, zerolinecolor: line, linecolor: line, color: ink, automargin: true };
  await Plotly.react(
    place,
    data,
    {
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: ink, family: "system-ui, sans-serif", size: 13 },
      margin: { l: 56, r: 16, t: 12, b: 48 },
      showlegend: false,
      dragmode: false,
      hovermode: "closest",
      hoverlabel: { bgcolor: colour("--card"), bordercolor: line, font: { color: ink } },
      ...layout,
      xaxis: { ...axis, ...(layout.xaxis || {}) },
      yaxis: { ...axis, ...(layout.yaxis || {}) },
    },
    { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false },
  );
  place.dataset.drawn = "yes";
}

function again() {
  for (const [place, make] of drawn) if (place.isConnected) draw(place, make);
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });
