//! Decoding over shared blocks of keys and values: the concurrent attention of Hogwild! inference (Rodionov et al. 2025).
//!
//! A *block* holds keys and values of consecutive tokens whose positions start at 0 inside the block. A *view* is an
//! ordered list of blocks: what one worker reads, its own block last. A block at offset o of a view has to look as if
//! its keys were turned by o more positions. Either its keys are turned (`Rotate::Keys`), or the query is, once for
//! each block: score = (Rot(p - o) q) . k (`Rotate::Query`). Values are never turned.

use super::{POSITIONS_MAX, Rotary, Shape, dot, norm_rows, soften};
use crate::tensor::kernels::{add_scaled, product};
use lexicon::Fault;

/// Weights with what decoding needs beside them.
#[derive(Clone, Debug)]
pub struct Net {
    pub shape: Shape,
    pub weights: Vec<f32>,
    pub(super) rotary: Rotary,
}

impl Net {
    pub fn new(shape: Shape, weights: Vec<f32>) -> Result<Self, Fault> {
        let shape = shape.checked()?;
        if weights.len() != shape.params() {
            return Err(Fault::Limit(format!(
                "{} weights do not fit this net: it has {}.",
                weights.len(),
                shape.params()
            )));
        }
        Ok(Self { rotary: Rotary::new(shape.head()), shape, weights })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotate {
    /// One more turn of the query for each block: the paper's cheap way.
    Query,
    /// A turn of every key of the view: what the paper's code does.
    Keys,
}

/// Keys and values of consecutive tokens; positions start at 0.
#[derive(Clone, Debug, Default)]
struct Block {
    tokens: Vec<u8>,
    /// Numbers of the tokens in the log.
    ids: Vec<u32>,
    /// Layer by layer [tokens, width], turned by the place in this block.
    keys: Vec<Vec<f32>>,
    values: Vec<Vec<f32>>,
}

/// A place in `Cache`.
pub type BlockId = usize;

/// One token to be read: it goes to the end of the last block of its view.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub token: u8,
    /// Who writes it: a block is written to by one worker in a step.
    pub worker: u32,
    /// Its view, as a range of the step's list of blocks; the last one is written to.
    pub view: (u32, u32),
    /// Attention to the first so many positions is told apart from the rest of the first block.
    pub split: u32,
    /// How many blocks at the end of the view count as its own.
    pub own: u32,
}

/// What every token saw when it was written, so that it can be computed again without any cache.
#[derive(Clone, Debug, Default)]
pub struct Log {
    pub(super) tokens: Vec<u8>,
    /// The view of each token as numbers of tokens in order of position, itself last.
    pub(super) sights: Vec<Vec<u32>>,
}

/// Blocks of many problems, and room for a step.
#[derive(Clone, Debug)]
pub struct Cache {
    rotate: Rotate,
    blocks: Vec<Block>,
    /// Kept if asked for.
    pub log: Option<Log>,
    /// After a step: [rows, symbols].
    pub logits: Vec<f32>,
    /// After a step: attention of each row to (first block before `split`, rest of it, blocks between, own ones),
    /// layer by layer, mean over heads: [rows, layers, 4].
    pub mass: Vec<f32>,
    /// After a step: of the rows asked for, attention to each position, mean over layers and heads.
    pub watched: Vec<Vec<f32>>,
    /// Multiplications of the last step.
    pub multiplications: u64,
    room: Room,
}

#[derive(Clone, Debug, Default)]
struct Room {
    stream: Vec<f32>,
    normed: Vec<f32>,
    inverse: Vec<f32>,
    qkv: Vec<f32>,
    mixed: Vec<f32>,
    wide: Vec<f32>,
    /// Place of each row in its block.
    place: Vec<u32>,
    query: Vec<f32>,
    key: Vec<f32>,
    /// [heads, positions]
    scores: Vec<f32>,
    /// Which worker wrote to a block in this step, by block; `NOBODY` else.
    writer: Vec<u32>,
}

const NOBODY: u32 = u32::MAX;

fn sized(column: &mut Vec<f32>, size: usize) -> &mut [f32] {
    column.clear();
    column.resize(size, 0.0);
    column
}

impl Cache {
    /// For `workers` workers with views of up to `context` positions.
    pub fn new(rotate: Rotate, workers: usize, context: usize) -> Result<Self, Fault> {
        if workers * context > POSITIONS_MAX {
            return Err(Fault::Limit(format!(
                "{workers} workers with {context} positions each are more than a cache holds: workers times positions \
                 may be {POSITIONS_MAX} at most. Fewer workers work."
            )));
        }
        Ok(Self {
            rotate,
            blocks: Vec::new(),
            log: None,
            logits: Vec::new(),
            mass: Vec::new(),
            watched: Vec::new(),
            multiplications: 0,
            room: Room::default(),
        })
    }

    /// A fresh empty block.
    pub fn open(&mut self) -> BlockId {
        self.blocks.push(Block::default());
        self.blocks.len() - 1
    }

    pub fn len(&self, block: BlockId) -> usize {
        self.blocks[block].tokens.len()
    }

    pub fn is_empty(&self, block: BlockId) -> bool {
        self.blocks[block].tokens.is_empty()
    }

    pub fn tokens(&self, block: BlockId) -> &[u8] {
        &self.blocks[block].tokens
    }

    pub fn clear(&mut self, block: BlockId) {
        let block = &mut self.blocks[block];
        block.tokens.clear();
        block.ids.clear();
        block.keys.iter_mut().chain(&mut block.values).for_each(Vec::clear);
    }

    /// Bytes of keys and values in all blocks.
    pub fn bytes(&self) -> u64 {
        let numbers = |columns: &[Vec<f32>]| columns.iter().map(Vec::len).sum::<usize>();
        self.blocks.iter().map(|b| 4 * (numbers(&b.keys) + numbers(&b.values)) as u64).sum()
    }

    /// Moves what stands in `from` to the end of `to`; its keys are turned by the offset there.
    pub fn append(&mut self, net: &Net, from: BlockId, to: BlockId) {
        assert_ne!(from, to, "a block is not moved onto itself");
        let moved = std::mem::take(&mut self.blocks[from]);
        let offset = self.blocks[to].tokens.len();
        let target = &mut self.blocks[to];
        target.tokens.extend_from_slice(&moved.tokens);
        target.ids.extend_from_slice(&moved.ids);
        let layers = moved.keys.len();
        target.keys.resize_with(layers.max(target.keys.len()), Vec::new);
        target.values.resize_with(layers.max(target.values.len()), Vec::new);
        for (layer, (mut keys, values)) in moved.keys.into_iter().zip(moved.values).enumerate() {
            keys.chunks_exact_mut(net.shape.head()).for_each(|k| net.rotary.turn(k, offset));
            target.keys[layer].extend_from_slice(&keys);
            target.values[layer].extend_from_slice(&values);
        }
    }

    /// Reads one or more tokens of every worker in one batched pass: first all keys and values are written, then each
    /// row attends over its view, so that workers see each other's newest words. Rows of one worker stand in the
    /// order of its text. `views` is the list that the rows' views are ranges of; `watch` are rows whose attention is
    /// kept position by position.
    pub fn step(
        &mut self,
        net: &Net,
        rows: &[Row],
        views: &[BlockId],
        watch: &[usize],
    ) -> Result<(), Fault> {
        self.place(net, rows, views)?;
        let Shape { layers, width, hidden, symbols, .. } = net.shape;
        let count = rows.len();
        self.multiplications = net.shape.macs() * count as u64;
        self.watched.clear();
        self.watched.resize(watch.len(), Vec::new());
        self.mass.clear();
        self.mass.resize(count * layers * 4, 0.0);
        let mut room = std::mem::take(&mut self.room);
        room.stream.clear();
        for row in rows {
            let from = usize::from(row.token) * width;
            room.stream.extend_from_slice(&net.weights[from..from + width]);
        }
        for layer in 0..layers {
            let at = net.shape.layer(layer);
            let weights = &net.weights;
            let gain = &weights[at.norm_attention..at.qkv];
            norm_rows(&mut room.normed, &mut room.inverse, &room.stream, gain);
            let qkv = sized(&mut room.qkv, count * 3 * width);
            product(qkv, &room.normed, &weights[at.qkv..at.out], None, width, 3 * width);
            self.write(net, layer, rows, views, &room);
            sized(&mut room.mixed, count * width);
            for (number, row) in rows.iter().enumerate() {
                self.attend(net, layer, number, row, views, watch, &mut room);
            }
            let wide = sized(&mut room.wide, count * width);
            product(wide, &room.mixed, &weights[at.out..at.norm_inner], None, width, width);
            add_scaled(wide, 1.0, &room.stream);
            std::mem::swap(&mut room.stream, &mut room.wide);
            let gain = &weights[at.norm_inner..at.up];
            norm_rows(&mut room.normed, &mut room.inverse, &room.stream, gain);
            let wide = sized(&mut room.wide, count * hidden);
            product(wide, &room.normed, &weights[at.up..at.down], None, width, hidden);
            wide.iter_mut().for_each(|x| *x = if *x <= 0.0 { 0.0 } else { *x });
            let mixed = sized(&mut room.mixed, count * width);
            product(mixed, &room.wide, &weights[at.down..at.end], None, hidden, width);
            add_scaled(mixed, 1.0, &room.stream);
            std::mem::swap(&mut room.stream, &mut room.mixed);
        }
        let last = net.shape.last();
        let gain = &net.weights[last..last + width];
        norm_rows(&mut room.normed, &mut room.inverse, &room.stream, gain);
        let logits = sized(&mut self.logits, count * symbols);
        product(logits, &room.normed, &net.weights[last + width..], None, width, symbols);
        self.room = room;
        Ok(())
    }

    /// Gives every row its place at the end of its target, after checking what was asked for.
    fn place(&mut self, net: &Net, rows: &[Row], views: &[BlockId]) -> Result<(), Fault> {
        self.room.writer.clear();
        self.room.writer.resize(self.blocks.len(), NOBODY);
        self.room.place.clear();
        for row in rows {
            let view = &views[row.view.0 as usize..row.view.1 as usize];
            let target = *view.last().ok_or_else(|| {
                Fault::Limit("A token needs a block to be written to.".to_string())
            })?;
            let writer = &mut self.room.writer[target];
            if *writer != NOBODY && *writer != row.worker {
                return Err(Fault::Limit(
                    "Two workers would write to the same block in one step: write targets must be distinct.".into(),
                ));
            }
            *writer = row.worker;
            if usize::from(row.token) >= net.shape.symbols {
                return Err(Fault::Limit(format!("There is no word {} in this net.", row.token)));
            }
            let positions: usize = view.iter().map(|block| self.blocks[*block].tokens.len()).sum();
            if positions >= POSITIONS_MAX {
                return Err(Fault::Limit(format!(
                    "A view of more than {POSITIONS_MAX} positions is past the window."
                )));
            }
            let block = &mut self.blocks[target];
            self.room.place.push(block.tokens.len() as u32);
            block.tokens.push(row.token);
            if let Some(log) = &mut self.log {
                block.ids.push(log.tokens.len() as u32);
                log.tokens.push(row.token);
            }
        }
        if let Some(log) = &mut self.log {
            for (row, place) in rows.iter().zip(&self.room.place) {
                let view = &views[row.view.0 as usize..row.view.1 as usize];
                let (target, before) = view.split_last().expect("checked above");
                let mut sight: Vec<u32> = Vec::new();
                before.iter().for_each(|block| sight.extend_from_slice(&self.blocks[*block].ids));
                sight.extend_from_slice(&self.blocks[*target].ids[..=*place as usize]);
                log.sights.push(sight);
            }
        }
        Ok(())
    }

    /// Writes the layer's keys, turned by their place in the block, and values.
    fn write(&mut self, net: &Net, layer: usize, rows: &[Row], views: &[BlockId], room: &Room) {
        let width = net.shape.width;
        for ((row, place), qkv) in
            rows.iter().zip(&room.place).zip(room.qkv.chunks_exact(3 * width))
        {
            let block = &mut self.blocks[views[row.view.1 as usize - 1]];
            block.keys.resize_with(net.shape.layers, Vec::new);
            block.values.resize_with(net.shape.layers, Vec::new);
            let keys = &mut block.keys[layer];
            let from = keys.len();
            keys.extend_from_slice(&qkv[width..2 * width]);
            keys[from..]
                .chunks_exact_mut(net.shape.head())
                .for_each(|key| net.rotary.turn(key, *place as usize));
            block.values[layer].extend_from_slice(&qkv[2 * width..]);
        }
    }

    /// One row's attention over its view, into `room.mixed`.
    fn attend(
        &mut self,
        net: &Net,
        layer: usize,
        number: usize,
        row: &Row,
        views: &[BlockId],
        watch: &[usize],
        room: &mut Room,
    ) {
        let Shape { width, heads, layers, .. } = net.shape;
        let head = net.shape.head();
        let view = &views[row.view.0 as usize..row.view.1 as usize];
        let place = room.place[number] as usize;
        let last = view.len() - 1;
        let seen = |at: usize, len: usize| if at == last { place + 1 } else { len };
        let before: usize = view[..last].iter().map(|b| self.blocks[*b].tokens.len()).sum();
        let (position, total) = (before + place, before + place + 1);
        let scale = 1.0 / (head as f32).sqrt();
        let query = &room.qkv[number * 3 * width..number * 3 * width + width];
        sized(&mut room.scores, heads * total);
        let mut offset = 0;
        for (at, block) in view.iter().enumerate() {
            let block = &self.blocks[*block];
            let len = seen(at, block.tokens.len());
            // A block that was moved away holds nothing, not even layers.
            if len == 0 {
                continue;
            }
            room.query.clear();
            room.query.extend_from_slice(query);
            let by = match self.rotate {
                Rotate::Query => position - offset,
                Rotate::Keys => position,
            };
            room.query.chunks_exact_mut(head).for_each(|q| net.rotary.turn(q, by));
            self.multiplications += 2 * width as u64;
            for (j, key) in block.keys[layer].chunks_exact(width).take(len).enumerate() {
                let mut key = key;
                if self.rotate == Rotate::Keys {
                    room.key.clear();
                    room.key.extend_from_slice(key);
                    room.key.chunks_exact_mut(head).for_each(|k| net.rotary.turn(k, offset));
                    self.multiplications += 2 * width as u64;
                    key = &room.key;
                }
                let pairs = room.query.chunks_exact(head).zip(key.chunks_exact(head));
                for (h, (q, k)) in pairs.enumerate() {
                    room.scores[h * total + offset + j] = dot(q, k) * scale;
                }
            }
            offset += len;
        }
        self.multiplications += (2 * total * width) as u64;
        room.scores.chunks_exact_mut(total).for_each(soften);
        let mixed = &mut room.mixed[number * width..(number + 1) * width];
        let mass = &mut self.mass[(number * layers + layer) * 4..][..4];
        let share = 1.0 / heads as f32;
        let mut offset = 0;
        for (at, block) in view.iter().enumerate() {
            let block = &self.blocks[*block];
            let len = seen(at, block.tokens.len());
            // A block that was moved away holds nothing, not even layers.
            if len == 0 {
                continue;
            }
            for (j, value) in block.values[layer].chunks_exact(width).take(len).enumerate() {
                for (h, (out, v)) in
                    mixed.chunks_exact_mut(head).zip(value.chunks_exact(head)).enumerate()
                {
                    let weight = room.scores[h * total + offset + j];
                    add_scaled(out, weight, v);
                    let part = match at {
                        _ if at + row.own as usize > last => 3,
                        0 if j < row.split as usize => 0,
                        0 => 1,
                        _ => 2,
                    };
                    mass[part] += weight * share;
                }
            }
            offset += len;
        }
        if let Some(kept) = watch.iter().position(|w| *w == number) {
            let kept = &mut self.watched[kept];
            kept.resize(total, 0.0);
            let share = 1.0 / (heads * layers) as f32;
            for weights in room.scores.chunks_exact(total) {
                add_scaled(kept, share, weights);
            }
        }
    }
}

impl Log {
    /// The logits of these tokens computed from nothing but words and what each could see: every layer of every
    /// token anew, keys turned by their places in each view. Returns [asked, symbols].
    pub fn recompute(&self, net: &Net, asked: &[u32]) -> Vec<f32> {
        let Shape { layers, width, hidden, symbols, heads } = net.shape;
        let (head, count) = (net.shape.head(), self.tokens.len());
        let scale = 1.0 / (head as f32).sqrt();
        let mut stream = Vec::with_capacity(count * width);
        for token in &self.tokens {
            let from = usize::from(*token) * width;
            stream.extend_from_slice(&net.weights[from..from + width]);
        }
        let (mut normed, mut inverse) = (Vec::new(), Vec::new());
        let mut qkv = vec![0.0; count * 3 * width];
        let mut mixed = vec![0.0; count * width];
        let mut wide = vec![0.0; count * hidden];
        let mut out = vec![0.0; count * width];
        let mut scores = Vec::new();
        for layer in 0..layers {
            let at = net.shape.layer(layer);
            let weights = &net.weights;
            norm_rows(&mut normed, &mut inverse, &stream, &weights[at.norm_attention..at.qkv]);
            product(&mut qkv, &normed, &weights[at.qkv..at.out], None, width, 3 * width);
            mixed.fill(0.0);
            for (token, sight) in self.sights.iter().enumerate() {
                for h in 0..heads {
                    let part = |id: u32, kind: usize| {
                        let from = id as usize * 3 * width + kind * width + h * head;
                        &qkv[from..from + head]
                    };
                    let mut query = part(token as u32, 0).to_vec();
                    net.rotary.turn(&mut query, sight.len() - 1);
                    scores.clear();
                    for (position, id) in sight.iter().enumerate() {
                        let mut key = part(*id, 1).to_vec();
                        net.rotary.turn(&mut key, position);
                        scores.push(dot(&query, &key) * scale);
                    }
                    soften(&mut scores);
                    let from = token * width + h * head;
                    for (weight, id) in scores.iter().zip(sight) {
                        add_scaled(&mut mixed[from..from + head], *weight, part(*id, 2));
                    }
                }
            }
            product(&mut out, &mixed, &weights[at.out..at.norm_inner], None, width, width);
            add_scaled(&mut stream, 1.0, &out);
            norm_rows(&mut normed, &mut inverse, &stream, &weights[at.norm_inner..at.up]);
            product(&mut wide, &normed, &weights[at.up..at.down], None, width, hidden);
            wide.iter_mut().for_each(|x| *x = if *x <= 0.0 { 0.0 } else { *x });
            product(&mut out, &wide, &weights[at.down..at.end], None, hidden, width);
            add_scaled(&mut stream, 1.0, &out);
        }
        let last = net.shape.last();
        norm_rows(&mut normed, &mut inverse, &stream, &net.weights[last..last + width]);
        let mut logits = vec![0.0; asked.len() * symbols];
        for (row, token) in logits.chunks_exact_mut(symbols).zip(asked) {
            let from = *token as usize * width;
            product(
                row,
                &normed[from..from + width],
                &net.weights[last + width..],
                None,
                width,
                symbols,
            );
        }
        logits
    }

    /// The number that the token to be read next will have.
    pub fn next(&self) -> u32 {
        self.tokens.len() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::super::pass::Pass;
    use super::*;
    use crate::chance::{Chance, normal};
    use rand::RngExt;

    const SHAPE: Shape = Shape { layers: 3, width: 24, heads: 3, hidden: 40, symbols: 11 };

    fn net() -> Net {
        let mut rng = Chance::new(8).at("shift", &[]);
        let mut weights = SHAPE.init(Chance::new(7));
        weights.iter_mut().for_each(|w| *w += 0.1 * normal(&mut rng) as f32);
        Net::new(SHAPE, weights).unwrap()
    }

    fn text(length: usize, place: u32) -> Vec<u8> {
        let mut rng = Chance::new(9).at("text", &[place]);
        (0..length).map(|_| rng.random_range(0..11)).collect()
    }

    fn gap(a: &[f32], b: &[f32]) -> f32 {
        assert_eq!(a.len(), b.len());
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    fn row(token: u8, worker: u32, view: (u32, u32)) -> Row {
        Row { token, worker, view, split: 0, own: 1 }
    }

    #[test]
    fn decoding_word_by_word_equals_the_full_pass_for_texts_of_different_length_at_once() {
        let net = net();
        let (one, two) = (text(40, 1), text(23, 2));
        let mut pass = Pass::new(SHAPE);
        pass.forward(&net.weights, &[one.clone(), two.clone()].concat(), &[40, 23]).unwrap();
        for rotate in [Rotate::Query, Rotate::Keys] {
            let mut cache = Cache::new(rotate, 2, 64).unwrap();
            let blocks = [cache.open(), cache.open()];
            for at in 0..40 {
                let mut rows = vec![row(one[at], 0, (0, 1))];
                rows.extend(two.get(at).map(|token| row(*token, 1, (1, 2))));
                cache.step(&net, &rows, &blocks, &[]).unwrap();
                assert!(gap(&cache.logits[..11], &pass.logits[at * 11..][..11]) < 1e-5);
                if at < 23 {
                    assert!(gap(&cache.logits[11..], &pass.logits[(40 + at) * 11..][..11]) < 1e-5);
                }
            }
        }
    }

    #[test]
    fn a_text_cut_into_blocks_reads_like_the_whole_and_so_it_does_after_blocks_are_joined() {
        let net = net();
        let whole = text(30, 3);
        let mut pass = Pass::new(SHAPE);
        pass.forward(&net.weights, &whole, &[30]).unwrap();
        for rotate in [Rotate::Query, Rotate::Keys] {
            let mut cache = Cache::new(rotate, 1, 64).unwrap();
            let blocks = [cache.open(), cache.open(), cache.open()];
            let ends = [(0..11, 1), (11..12, 2), (12..25, 3)];
            for (part, end) in ends {
                for token in &whole[part] {
                    cache.step(&net, &[row(*token, 0, (0, end))], &blocks, &[0]).unwrap();
                }
            }
            assert!(gap(&cache.logits, &pass.logits[24 * 11..25 * 11]) < 1e-4);
            assert!((cache.watched[0].iter().sum::<f32>() - 1.0).abs() < 1e-4);
            cache.append(&net, blocks[1], blocks[0]);
            cache.append(&net, blocks[2], blocks[0]);
            assert_eq!((cache.len(blocks[0]), cache.is_empty(blocks[2])), (25, true));
            for (at, token) in whole.iter().enumerate().skip(25) {
                cache.step(&net, &[row(*token, 0, (0, 1))], &blocks, &[]).unwrap();
                assert!(gap(&cache.logits, &pass.logits[at * 11..][..11]) < 1e-4);
            }
        }
    }

    /// Two workers write at once, each with the other's block before its own.
    fn duet(rotate: Rotate, net: &Net) -> (Cache, Vec<Vec<f32>>) {
        let mut cache = Cache::new(rotate, 2, 128).unwrap();
        cache.log = Some(Log::default());
        let (common, a, b) = (cache.open(), cache.open(), cache.open());
        let views = [common, b, a, common, a, b];
        let mut logits = Vec::new();
        let prompt: Vec<Row> = text(9, 4).iter().map(|t| row(*t, 0, (0, 1))).collect();
        cache.step(net, &prompt, &[common], &[]).unwrap();
        let (one, two) = (text(20, 5), text(20, 6));
        for at in 0..20 {
            let asked = cache.log.as_ref().unwrap().next();
            let rows = [row(one[at], 1, (0, 3)), row(two[at], 2, (3, 6))];
            cache.step(net, &rows, &views, &[]).unwrap();
            let again = cache.log.as_ref().unwrap().recompute(net, &[asked, asked + 1]);
            assert!(gap(&again, &cache.logits) < 1e-4, "{at}");
            logits.push(cache.logits.clone());
            if at == 7 {
                cache.append(net, a, common);
            }
        }
        (cache, logits)
    }

    #[test]
    fn a_turned_query_and_turned_keys_and_computing_all_anew_agree() {
        let net = net();
        let (query, keys) = (duet(Rotate::Query, &net), duet(Rotate::Keys, &net));
        for (a, b) in query.1.iter().zip(&keys.1) {
            assert!(gap(a, b) < 1e-4);
        }
        assert!(query.0.multiplications < keys.0.multiplications);
    }

    #[test]
    fn a_worker_sees_the_others_word_of_the_same_step_but_not_its_own_next_one() {
        let net = net();
        let step = |other: u8, next: u8| {
            let mut cache = Cache::new(Rotate::Query, 2, 64).unwrap();
            let (a, b) = (cache.open(), cache.open());
            let rows = [row(1, 0, (0, 2)), row(next, 0, (0, 2)), row(other, 1, (2, 3))];
            cache.step(&net, &rows, &[b, a, b], &[]).unwrap();
            cache.logits[..11].to_vec()
        };
        assert!(gap(&step(3, 4), &step(5, 4)) > 1e-3);
        assert_eq!(step(3, 4), step(3, 9));
    }

    #[test]
    fn a_block_that_was_moved_away_is_read_as_nothing() {
        let net = net();
        let mut cache = Cache::new(Rotate::Query, 2, 64).unwrap();
        let (common, a, b) = (cache.open(), cache.open(), cache.open());
        cache.step(&net, &[row(3, 0, (0, 2))], &[common, a], &[]).unwrap();
        cache.append(&net, a, common);
        cache.step(&net, &[row(4, 1, (0, 3))], &[common, a, b], &[]).unwrap();
        let mut pass = Pass::new(SHAPE);
        pass.forward(&net.weights, &[3, 4], &[2]).unwrap();
        assert!(gap(&cache.logits, &pass.logits[11..]) < 1e-5);
    }

    #[test]
    fn what_no_cache_can_do_is_refused_in_words() {
        let net = net();
        let says = |fault: Fault| fault.to_string();
        assert!(says(Cache::new(Rotate::Query, 9, 256).unwrap_err()).contains("Fewer workers"));
        assert!(Cache::new(Rotate::Query, 8, 256).is_ok());
        let mut cache = Cache::new(Rotate::Query, 2, 64).unwrap();
        let block = cache.open();
        let rows = [row(1, 0, (0, 1)), row(2, 1, (0, 1))];
        let fault = cache.step(&net, &rows, &[block], &[]).unwrap_err();
        assert!(says(fault).contains("distinct"));
        let mut cache = Cache::new(Rotate::Query, 1, 64).unwrap();
        let block = cache.open();
        let fault = cache.step(&net, &[row(11, 0, (0, 1))], &[block], &[]).unwrap_err();
        assert!(says(fault).contains("no word 11"));
        assert!(says(Net::new(SHAPE, vec![0.0; 3]).unwrap_err()).contains("do not fit"));
    }
}
