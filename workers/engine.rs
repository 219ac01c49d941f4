//! A seat: the engine in a worker of its own.

mod devices;
mod host;

fn main() {
    std::panic::set_hook(Box::new(|panic| host::crashed(&panic.to_string())));
    let build = env!("CARGO_PKG_VERSION");
    wasm_bindgen_futures::spawn_local(host::serve(systems::CATALOGUE, systems::STARTERS, build));
}
