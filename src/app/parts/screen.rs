//! A canvas that knows its size: sharp at any pixel ratio, told when its box changes.

use draw::canvas::Canvas;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlCanvasElement, ResizeObserver};

/// The canvas fills its parent element, whose size the style sheet decides.
pub struct Screen {
    canvas: Canvas,
    observer: ResizeObserver,
    _heard: Closure<dyn FnMut()>,
    /// CSS pixels.
    pub size: (f64, f64),
}

impl Screen {
    /// `changed` is called when the box has got another size; `fit` then takes it.
    pub fn new(element: HtmlCanvasElement, changed: impl Fn() + 'static) -> Option<Self> {
        let parent = element.parent_element()?;
        let heard = Closure::<dyn FnMut()>::new(changed);
        let observer = ResizeObserver::new(heard.as_ref().unchecked_ref()).ok()?;
        observer.observe(&parent);
        let canvas = Canvas::new(element).ok()?;
        let mut screen = Self { canvas, observer, _heard: heard, size: (0.0, 0.0) };
        screen.fit();
        Some(screen)
    }

    /// Takes the size of its box; true if it is another one.
    pub fn fit(&mut self) -> bool {
        let Some(parent) = self.canvas.element().parent_element() else { return false };
        self.size = (f64::from(parent.client_width()), f64::from(parent.client_height()));
        self.canvas.resize(self.size.0, self.size.1, super::browser::window().device_pixel_ratio())
    }

    pub fn canvas(&self) -> &Canvas {
        &self.canvas
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Where a pointer is on an element, in CSS pixels.
pub fn point(event: &web_sys::MouseEvent, element: &web_sys::Element) -> (f64, f64) {
    let rect = element.get_bounding_client_rect();
    (f64::from(event.client_x()) - rect.left(), f64::from(event.client_y()) - rect.top())
}
