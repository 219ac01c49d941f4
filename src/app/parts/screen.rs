//! A canvas that knows its size and whether anybody sees it: sharp at any pixel ratio, told when its box changes.

use draw::canvas::Canvas;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{
    HtmlCanvasElement, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit,
    ResizeObserver,
};

/// A little before it scrolls into sight a canvas is painted.
const NEAR: &str = "120px";

/// The canvas fills its parent element, whose size the style sheet decides.
pub struct Screen {
    canvas: Canvas,
    sizes: ResizeObserver,
    sight: IntersectionObserver,
    _resized: Closure<dyn FnMut()>,
    _sighted: Closure<dyn FnMut(Vec<IntersectionObserverEntry>)>,
    _print: gloo::events::EventListener,
    seen: Rc<Cell<bool>>,
    /// Was to be painted while nobody saw it.
    stale: Cell<bool>,
    /// CSS pixels.
    pub size: (f64, f64),
}

impl Screen {
    /// `changed` is called when the box has got another size or comes into sight; `fit` then tells whether to paint.
    pub fn new(element: HtmlCanvasElement, changed: impl Fn() + 'static) -> Option<Self> {
        let parent = element.parent_element()?;
        let changed = Rc::new(changed);
        let seen = Rc::new(Cell::new(true));
        let resized = Closure::<dyn FnMut()>::new({
            let changed = changed.clone();
            move || changed()
        });
        let sizes = ResizeObserver::new(resized.as_ref().unchecked_ref()).ok()?;
        sizes.observe(&parent);
        let look = {
            let (seen, changed) = (seen.clone(), changed.clone());
            move |now: bool| {
                if seen.replace(now) != now && now {
                    changed();
                }
            }
        };
        let sighted = Closure::<dyn FnMut(Vec<IntersectionObserverEntry>)>::new({
            let look = look.clone();
            move |entries: Vec<IntersectionObserverEntry>| {
                if let Some(newest) = entries.last() {
                    look(newest.is_intersecting());
                }
            }
        });
        let options = IntersectionObserverInit::new();
        options.set_root_margin(NEAR);
        let callback = sighted.as_ref().unchecked_ref();
        let sight = IntersectionObserver::new_with_options(callback, &options).ok()?;
        sight.observe(&parent);
        // Paper shows the whole page.
        let window = super::browser::window();
        let _print = gloo::events::EventListener::new(&window, "beforeprint", move |_| look(true));
        let mut screen = Self {
            canvas: Canvas::new(element).ok()?,
            sizes,
            sight,
            _resized: resized,
            _sighted: sighted,
            _print,
            seen,
            stale: Cell::new(false),
            size: (0.0, 0.0),
        };
        screen.fit();
        Some(screen)
    }

    /// Takes the size of its box; true if it is another one, or if there is something to paint that nobody saw before.
    pub fn fit(&mut self) -> bool {
        let Some(parent) = self.canvas.element().parent_element() else { return false };
        self.size = (f64::from(parent.client_width()), f64::from(parent.client_height()));
        let ratio = super::browser::window().device_pixel_ratio();
        let resized = self.canvas.resize(self.size.0, self.size.1, ratio);
        resized || (self.seen.get() && self.stale.take())
    }

    pub fn seen(&self) -> bool {
        self.seen.get()
    }

    /// What to paint on; nothing while nobody sees it.
    pub fn canvas(&self) -> Option<&Canvas> {
        let seen = self.seen.get();
        self.stale.set(!seen);
        seen.then_some(&self.canvas)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.sizes.disconnect();
        self.sight.disconnect();
    }
}

/// Where a pointer is on an element, in CSS pixels.
pub fn point(event: &web_sys::MouseEvent, element: &web_sys::Element) -> (f64, f64) {
    let rect = element.get_bounding_client_rect();
    (f64::from(event.client_x()) - rect.left(), f64::from(event.client_y()) - rect.top())
}
