// <murmuration-run link="#/fedstale?beta=0.4" src="https://host/path/"> : a run of Murmuration in your own page.
// No dependency. Shows a poster and a link; nothing of the laboratory is fetched before it is seen (or clicked, with
// `loading="click"`). The frame is sandboxed, follows your page's light or dark theme, and tells its height.
// Without this script the element's own content (a plain link, if you put one in) is what a reader gets.
const HOME = new URL("./", import.meta.url).href;

class MurmurationRun extends HTMLElement {
  static observedAttributes = ["link", "theme"];
  #frame = null;
  #seen = null;
  #scheme = matchMedia("(prefers-color-scheme: dark)");

  connectedCallback() {
    if (!this.shadowRoot) this.#build();
    addEventListener("message", this.#hear);
    this.#scheme.addEventListener("change", this.#tellTheme);
    if (this.getAttribute("loading") !== "click") {
      this.#seen = new IntersectionObserver((seen) => seen.some((s) => s.isIntersecting) && this.start(), { rootMargin: "200px" });
      this.#seen.observe(this);
    }
  }

  disconnectedCallback() {
    removeEventListener("message", this.#hear);
    this.#scheme.removeEventListener("change", this.#tellTheme);
    this.#seen?.disconnect();
  }

  attributeChangedCallback(name, before, now) {
    if (!this.#frame || before === now) return;
    if (name === "link") this.#say({ type: "set", link: this.#embedded(now) });
    else this.#tellTheme();
  }

  /** Fetches and runs the laboratory now. */
  start() {
    if (this.#frame) return;
    this.#seen?.disconnect();
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts allow-popups allow-popups-to-escape-sandbox");
    frame.title = this.getAttribute("label") ?? "A run of Murmuration";
    frame.src = this.#home + this.#embedded(this.getAttribute("link"));
    this.shadowRoot.querySelector("div").replaceChildren(frame);
    this.#frame = frame;
  }

  play() { this.#say({ type: "play" }); }
  pause() { this.#say({ type: "pause" }); }

  get #home() { return new URL(this.getAttribute("src") ?? HOME, location.href).href; }

  #embedded(link) {
    const hash = link?.startsWith("#") ? link : "#/";
    return hash + (hash.includes("?") ? "&" : "?") + "embed=1";
  }

  #build() {
    const root = this.attachShadow({ mode: "open" });
    root.innerHTML = `<style>
      :host { display: block; margin: 1em 0 }
      div { border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: 6px; min-height: 15em; display: grid }
      iframe { border: 0; width: 100%; height: 26em; border-radius: 6px }
      p { place-self: center; text-align: center; font: inherit; padding: 1em }
      button { font: inherit; padding: .4em 1em; cursor: pointer }
    </style><div><p><slot></slot><br><button type="button">Run it here</button> <a target="_blank" rel="noopener">Open in Murmuration</a></p></div>`;
    root.querySelector("a").href = this.#home + (this.getAttribute("link") ?? "#/");
    root.querySelector("button").addEventListener("click", () => this.start());
  }

  #say(message) {
    this.#frame?.contentWindow?.postMessage({ murmuration: 1, ...message }, "*");
  }

  #tellTheme = () => {
    const theme = this.getAttribute("theme") ?? (this.#scheme.matches ? "dark" : "light");
    this.#say({ type: "theme", theme });
  };

  #hear = (event) => {
    // Only our own frame; its origin is opaque ("null"), so the window itself is what is checked.
    if (!this.#frame || event.source !== this.#frame.contentWindow || event.data?.murmuration !== 1) return;
    const { type, height } = event.data;
    if (type === "ready") this.#tellTheme();
    if (type === "height" && height > 0 && height < 10000) this.#frame.style.height = `${Math.ceil(height)}px`;
    this.dispatchEvent(new CustomEvent(`murmuration-${type}`, { detail: event.data }));
  };
}

customElements.define("murmuration-run", MurmurationRun);
