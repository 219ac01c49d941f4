export default {
  title: "A site with a run in it",
  url: "https://example.org",
  baseUrl: "/",
  onBrokenLinks: "ignore",
  scripts: [{ src: "https://YOUR-HOST/murmuration-embed.js", type: "module" }],
  presets: [["classic", { docs: false, blog: false, sitemap: false }]],
  themeConfig: { navbar: { title: "A site" } },
};
