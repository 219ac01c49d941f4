// Starts our bench as the page starts its seats: a classic worker.
importScripts("/built/ours_web.js");
wasm_bindgen({ module_or_path: "/built/ours_web_bg.wasm" });
