// <murmuration-run link="#/fedstale?beta=0.4"> : a run of Murmuration in your own page, in a sandboxed frame. Fetched
// when seen, or clicked with `loading="click"`; until then a still picture. More attributes: src (Murmuration's address),
// theme (light, dark; else your page's), label. Methods: start, play, pause. Events: murmuration-ready, -height, -state,
// -result, the message in their detail. Without scripts the element's own content (put a plain link in) is shown.
const HOME = new URL("./", import.meta.url).href;
// An object: allowed where a content policy forbids inline styles.
const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`
:host { display: block; margin: 1em 0 }
div { border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: 6px; min-height: 15em; display: grid }
iframe { border: 0; width: 100%; height: 26em; border-radius: 6px }
figure { margin: 0; place-self: center; text-align: center; padding: 1em }
img { display: block; max-width: 100%; margin: 0 auto 1em }
button { font: inherit; padding: .4em 1em; cursor: pointer }`);

customElements.get("murmuration-run") ?? customElements.define("murmuration-run", class extends HTMLElement {
  static observedAttributes = ["link", "theme"];
  #frame = null;
  #faded = 0;
  #scheme = matchMedia("(prefers-color-scheme: dark)");
  #dress = new MutationObserver(() => this.#tellTheme());
  #seen = new IntersectionObserver((seen) => seen.some((s) => s.isIntersecting) && this.start(), { rootMargin: "200px" });

  connectedCallback() {
    if (!this.shadowRoot) this.#build();
    addEventListener("message", this.#hear);
    this.#scheme.addEventListener("change", this.#tellTheme);
    for (const it of [document.documentElement, document.body]) this.#dress.observe(it, { attributes: true });
    if (!this.#frame && this.getAttribute("loading") !== "click") this.#seen.observe(this);
  }

  disconnectedCallback() {
    removeEventListener("message", this.#hear);
    this.#scheme.removeEventListener("change", this.#tellTheme);
    this.#dress.disconnect();
    this.#seen.disconnect();
    clearTimeout(this.#faded);
  }

  attributeChangedCallback(name, before, now) {
    if (!this.#frame || before === now) return;
    if (name === "link") this.#say({ type: "set", link: this.#embedded });
    else this.#tellTheme();
  }

  start() {
    if (this.#frame) return;
    this.#seen.disconnect();
    const frame = this.#frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts allow-popups allow-popups-to-escape-sandbox");
    frame.title = this.getAttribute("label") ?? "A run of Murmuration";
    frame.src = this.#home + this.#embedded;
    this.shadowRoot.querySelector("div").replaceChildren(frame);
  }

  play() { this.#say({ type: "play" }); }
  pause() { this.#say({ type: "pause" }); }

  get #home() { return new URL(this.getAttribute("src") ?? HOME, location.href).href; }

  get #link() {
    const link = this.getAttribute("link");
    return link?.startsWith("#") ? link : "#/";
  }

  get #embedded() { return `${this.#link}${this.#link.includes("?") ? "&" : "?"}embed=1`; }

  // Light letters stand on a dark ground.
  get #theme() {
    const asked = this.getAttribute("theme");
    if (asked === "light" || asked === "dark") return asked;
    const [r, g, b] = getComputedStyle(this).color.match(/^rgba?\((.*)\)/)?.[1].split(",") ?? [];
    const dark = b ? 0.3 * r + 0.59 * g + 0.11 * parseFloat(b) > 128 : this.#scheme.matches;
    return dark ? "dark" : "light";
  }

  #build() {
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [STYLE];
    root.innerHTML = `<div><figure><img alt="" hidden><slot></slot><p><button type="button">Run it here</button>
<a target="_blank" rel="noopener">Open in Murmuration</a></p></figure></div>`;
    const [still, button, out] = root.querySelectorAll("img, button, a");
    button.onclick = () => this.start();
    out.href = this.#home + this.#link;
    still.onload = () => { still.hidden = false; };
    const slug = this.#link.match(/^#\/([a-z0-9-]+)/)?.[1];
    if (slug) still.src = `${this.#home}pictures/${slug}${this.#theme === "dark" ? ".dark" : ""}.svg`;
  }

  // Nothing that is said is secret.
  #say(message) { this.#frame?.contentWindow?.postMessage({ murmuration: 1, ...message }, "*"); }

  #tellTheme = () => {
    const tell = () => this.#say({ type: "theme", theme: this.#theme });
    tell();
    // It may fade in.
    clearTimeout(this.#faded);
    this.#faded = setTimeout(tell, 400);
  };

  #hear = ({ source, data }) => {
    // Its origin is opaque: the window is what is checked.
    if (!this.#frame || source !== this.#frame.contentWindow || data?.murmuration !== 1) return;
    const { type, height } = data;
    if (type === "ready") this.#tellTheme();
    if (type === "height" && height > 0 && height < 10000) this.#frame.style.height = `${Math.ceil(height)}px`;
    this.dispatchEvent(new CustomEvent(`murmuration-${type}`, { detail: data }));
  };
});
