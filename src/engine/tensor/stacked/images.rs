//! What convolutions need beside a matrix product: patches out of images and back, pooling and back.
//! Images are [pixel, channel], one after the other.

use crate::tensor::nets::KERNEL;

/// Calls `with(place in the patches, place in the image)` for every position of every patch that lies in the image,
/// `channels` numbers each.
fn each_position(side: usize, channels: usize, mut with: impl FnMut(usize, usize)) {
    for y in 0..side {
        for x in 0..side {
            for place in 0..KERNEL * KERNEL {
                let (yy, xx) = (y + place / KERNEL, x + place % KERNEL);
                if (1..=side).contains(&yy) && (1..=side).contains(&xx) {
                    let patch = ((y * side + x) * KERNEL * KERNEL + place) * channels;
                    with(patch, ((yy - 1) * side + xx - 1) * channels);
                }
            }
        }
    }
}

/// Every pixel's 3 x 3 surroundings, zeros beyond the border.
pub fn gather_patches(patches: &mut [f32], images: &[f32], side: usize, channels: usize) {
    let (image, patch) = (side * side * channels, side * side * KERNEL * KERNEL * channels);
    patches.fill(0.0);
    for (patches, image) in patches.chunks_exact_mut(patch).zip(images.chunks_exact(image)) {
        each_position(side, channels, |to, from| {
            patches[to..to + channels].copy_from_slice(&image[from..from + channels]);
        });
    }
}

/// The other way: every pixel sums up what its places in the patches got.
pub fn scatter_patches(images: &mut [f32], patches: &[f32], side: usize, channels: usize) {
    let (image, patch) = (side * side * channels, side * side * KERNEL * KERNEL * channels);
    for (image, patches) in images.chunks_exact_mut(image).zip(patches.chunks_exact(patch)) {
        each_position(side, channels, |from, to| {
            for (to, from) in
                image[to..to + channels].iter_mut().zip(&patches[from..from + channels])
            {
                *to += from;
            }
        });
    }
}

/// Place of the pixel `corner` (0..4) of the 2 x 2 square of pooled pixel `at`, in one image of one filter.
fn corner_pixel(at: usize, corner: usize, side: usize) -> usize {
    let half = side / 2;
    (2 * (at / half) + corner / 2) * side + 2 * (at % half) + corner % 2
}

/// The largest of each 2 x 2 pixels, the first of equals.
pub fn pool(out: &mut [f32], picked: &mut [u8], full: &[f32], side: usize, filters: usize) {
    let pooled = side * side / 4 * filters;
    let images = out.chunks_exact_mut(pooled).zip(picked.chunks_exact_mut(pooled));
    for ((out, picked), full) in images.zip(full.chunks_exact(side * side * filters)) {
        for at in 0..side * side / 4 {
            for filter in 0..filters {
                let value = |corner: usize| full[corner_pixel(at, corner, side) * filters + filter];
                let best = (1..4).fold(0, |best, c| if value(c) > value(best) { c } else { best });
                out[at * filters + filter] = value(best);
                picked[at * filters + filter] = best as u8;
            }
        }
    }
}

/// Overwrites `full` by its gradient: what came from above at the picked pixels that were positive, 0 elsewhere.
pub fn unpool(full: &mut [f32], picked: &[u8], above: &[f32], side: usize, filters: usize) {
    let pooled = side * side / 4 * filters;
    let images = above.chunks_exact(pooled).zip(picked.chunks_exact(pooled));
    for ((above, picked), full) in images.zip(full.chunks_exact_mut(side * side * filters)) {
        for at in 0..side * side / 4 {
            for filter in 0..filters {
                for corner in 0..4 {
                    let place = corner_pixel(at, corner, side) * filters + filter;
                    let open =
                        usize::from(picked[at * filters + filter]) == corner && full[place] > 0.0;
                    full[place] = if open { above[at * filters + filter] } else { 0.0 };
                }
            }
        }
    }
}
