//! One problem and the workers on it: what each reads next, and what becomes of what it says.

use super::words::*;
use engine::tensor::transformer::cache::{BlockId, Cache, Net, Row};

/// Words of a step at most; longer ones are dropped as babble.
const STEP_WORDS_MAX: usize = 10;
/// Positions that the blocks of one problem may take; past it the problem is closed as it stands.
pub const ROOM: usize = 384;
/// Steps kept for the picture.
const STEPS_KEPT: usize = 200;

/// How workers see each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Common history of finished steps; the others' steps in progress, then the own one.
    Combined,
    /// No common history: each worker's whole text is a block, the own one last.
    Contiguous,
    /// Common history; steps in progress are seen by their writer alone.
    Interleaved,
    /// Workers never see each other.
    Alone,
}

/// Caches that are told the same things: the one that drives, and a twin that turns the other way.
pub struct Caches {
    pub main: Cache,
    pub twin: Option<Cache>,
}

impl Caches {
    pub fn open(&mut self) -> BlockId {
        if let Some(twin) = &mut self.twin {
            twin.open();
        }
        self.main.open()
    }

    fn clear(&mut self, block: BlockId) {
        self.main.clear(block);
        if let Some(twin) = &mut self.twin {
            twin.clear(block);
        }
    }

    fn append(&mut self, net: &Net, from: BlockId, to: BlockId) {
        self.main.append(net, from, to);
        if let Some(twin) = &mut self.twin {
            twin.append(net, from, to);
        }
    }
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Right,
    Wrong,
    /// The job was done already.
    Redundant,
    /// Ended without a result, on second thoughts.
    Dropped,
    /// Said that all is done.
    Ended,
}

/// A step that is over.
#[derive(Clone, Debug)]
pub struct Told {
    pub worker: u32,
    pub index: u32,
    pub text: Vec<u8>,
    pub fate: Fate,
}

pub struct Worker {
    pub id: u32,
    history: BlockId,
    /// Positions of the prompt at the start of `history`.
    prompt: u32,
    /// The two headers, read anew at every step, and the worker's own words.
    others: BlockId,
    header: BlockId,
    own: BlockId,
    /// Steps ended.
    pub steps: u32,
    /// Words of the step in progress, after its prefix.
    pub text: Vec<u8>,
    /// The next word to be read; none: a new step begins.
    next: Option<u8>,
    /// Has been asked whether its last step was redundant.
    asked: bool,
    pub idle: bool,
    since_check: u32,
    /// Its last step repeated a job.
    repeated: bool,
    result: Option<Fate>,
}

pub struct Team {
    pub number: u32,
    pub problem: Problem,
    pub workers: Vec<Worker>,
    sight: Sight,
    /// Everybody has to say END; else the first one ends it for all.
    all_end: bool,
    /// First result written, by item.
    pub written: Vec<Option<u8>>,
    pub redundant: u32,
    pub collisions: u32,
    pub dropped: u32,
    /// Somebody has said END: nobody begins anything new.
    closing: bool,
    pub said_end: bool,
    /// The round in which it was over.
    pub over: Option<u32>,
    pub told: Vec<Told>,
    /// Answers to the redundancy question: right, asked.
    pub checks: [u32; 2],
}

/// What one round reads: rows over views, and whose word follows which row.
#[derive(Default)]
pub struct Script {
    pub rows: Vec<Row>,
    pub views: Vec<BlockId>,
    /// Team, worker, row.
    pub asks: Vec<(usize, usize, usize)>,
}

impl Script {
    pub fn clear(&mut self) {
        self.rows.clear();
        self.views.clear();
        self.asks.clear();
    }
}

impl Team {
    pub fn new(
        number: u32,
        problem: Problem,
        workers: u32,
        sight: Sight,
        all_end: bool,
        caches: &mut Caches,
    ) -> Self {
        let common = caches.open();
        let workers = (0..workers).map(|id| Worker {
            id,
            history: if sight == Sight::Alone && id > 0 { caches.open() } else { common },
            prompt: 0,
            others: caches.open(),
            header: caches.open(),
            own: caches.open(),
            steps: 0,
            text: Vec::new(),
            next: None,
            asked: false,
            idle: false,
            since_check: 0,
            repeated: false,
            result: None,
        });
        Self {
            number,
            workers: workers.collect(),
            sight,
            all_end,
            written: vec![None; problem.items.len()],
            redundant: 0,
            collisions: 0,
            dropped: 0,
            closing: false,
            said_end: false,
            over: None,
            told: Vec::new(),
            checks: [0; 2],
            problem,
        }
    }

    /// The prompts, to be read before the first round. `mine(worker, item)`: who is told of what.
    pub fn prompts(&mut self, script: &mut Script, mine: impl Fn(usize, usize) -> bool) {
        let mut read: Vec<BlockId> = Vec::new();
        for (w, worker) in self.workers.iter_mut().enumerate() {
            let words = self.problem.prompt(|item| mine(w, item));
            worker.prompt = words.len() as u32;
            if read.contains(&worker.history) {
                continue;
            }
            read.push(worker.history);
            let from = script.views.len() as u32;
            script.views.push(worker.history);
            let row =
                |token| Row { token, worker: worker.id, view: (from, from + 1), split: 0, own: 1 };
            script.rows.extend(words.into_iter().map(row));
        }
    }

    /// What everybody reads in this round. `check_every` > 0: after so many words the prefix asks.
    pub fn read(&mut self, at: usize, check_every: u32, caches: &mut Caches, script: &mut Script) {
        if self.over.is_some() {
            return;
        }
        for w in 0..self.workers.len() {
            if self.workers[w].idle {
                continue;
            }
            let from = script.views.len() as u32;
            let seen = self.see(w, script);
            let worker = &mut self.workers[w];
            let (id, split) = (worker.id, worker.prompt);
            let until = script.views.len() as u32;
            let row =
                |token, until, own| Row { token, worker: id, view: (from, until), split, own };
            match worker.next.take() {
                Some(word) => script.rows.push(row(word, until, 2)),
                None => {
                    let fresh = self.sight != Sight::Contiguous || worker.steps == 0;
                    if fresh {
                        caches.clear(worker.others);
                        caches.clear(worker.header);
                        if seen {
                            script.rows.push(row(OTHERS, from + 2, 1));
                        }
                        script.rows.push(row(OWN, until - 1, 1));
                    }
                    script.rows.push(row(NAME + id as u8, until, 2));
                    script.rows.push(row((worker.steps % 10) as u8, until, 2));
                    if check_every > 0 && worker.since_check >= check_every {
                        script.rows.push(row(CHECK, until, 2));
                        worker.asked = true;
                        worker.since_check = 0;
                    }
                }
            }
            script.asks.push((at, w, script.rows.len() - 1));
        }
    }

    /// Pushes a worker's view; true: others are in it.
    fn see(&self, w: usize, script: &mut Script) -> bool {
        let worker = &self.workers[w];
        script.views.push(worker.history);
        let others = matches!(self.sight, Sight::Combined | Sight::Contiguous);
        let others = others && self.workers.len() > 1;
        if others {
            script.views.push(worker.others);
            script
                .views
                .extend(self.workers.iter().filter(|o| o.id != worker.id).map(|other| other.own));
        }
        script.views.extend([worker.header, worker.own]);
        others
    }

    /// The words a worker's view holds now, block by block, for the picture.
    pub fn view(&self, w: usize, cache: &Cache) -> Vec<(BlockId, Vec<u8>)> {
        let mut script = Script::default();
        self.see(w, &mut script);
        script.views.iter().map(|block| (*block, cache.tokens(*block).to_vec())).collect()
    }

    pub fn sight(&self) -> Sight {
        self.sight
    }

    /// Words of a worker's prompt.
    pub fn prompt_of(&self, w: usize) -> usize {
        self.workers[w].prompt as usize
    }

    /// Whose words a block holds, 0 for a history; none for headers.
    pub fn whose(&self, block: BlockId) -> Option<usize> {
        if self.workers.iter().any(|worker| worker.history == block) {
            return Some(0);
        }
        self.workers.iter().position(|worker| worker.own == block)
    }

    /// Words that may follow for a worker: some if the choice is forced.
    pub fn allowed(&self, w: usize) -> Option<&'static [u8]> {
        let worker = &self.workers[w];
        if worker.asked {
            return Some(&[YES, STOP]);
        }
        // The finisher: an answer is forced out of a step that was begun.
        let cut = self.closing && !worker.text.is_empty() && !worker.text.contains(&EQUALS);
        cut.then_some(&[EQUALS])
    }

    /// A worker has said a word.
    pub fn hear(&mut self, w: usize, word: u8, net: &Net, caches: &mut Caches) {
        let worker = &mut self.workers[w];
        worker.since_check += 1;
        if worker.asked {
            worker.asked = false;
            worker.next = Some(word);
            self.checks[0] += u32::from((word == YES) == worker.repeated);
            self.checks[1] += 1;
            return;
        }
        if word == END {
            self.end(w, caches);
            return;
        }
        if word == STOP || worker.text.len() >= STEP_WORDS_MAX {
            self.finish(w, net, caches);
            return;
        }
        let after_equals = worker.text.last() == Some(&EQUALS);
        worker.text.push(word);
        worker.next = Some(word);
        if after_equals && word < 10 && worker.result.is_none() {
            self.note(w, word);
            if self.closing {
                self.finish(w, net, caches);
            }
        }
    }

    /// A result stands written.
    fn note(&mut self, w: usize, value: u8) {
        let worker = &mut self.workers[w];
        let letter = worker.text[0].wrapping_sub(LETTER);
        let place = self.problem.items.iter().position(|item| item.letter == letter);
        let fate = match place {
            None => Fate::Wrong,
            Some(at) if self.written[at].is_some() => {
                self.redundant += 1;
                Fate::Redundant
            }
            Some(at) => {
                self.written[at] = Some(value);
                let right = self.problem.items[at].value == value;
                if right { Fate::Right } else { Fate::Wrong }
            }
        };
        worker.repeated = fate == Fate::Redundant;
        worker.result = Some(fate);
    }

    fn tell(&mut self, w: usize, fate: Fate) {
        self.dropped += u32::from(fate == Fate::Dropped);
        let worker = &mut self.workers[w];
        let text = std::mem::take(&mut worker.text);
        if self.told.len() < STEPS_KEPT {
            self.told.push(Told { worker: worker.id, index: worker.steps, text, fate });
        }
        worker.steps += 1;
        worker.next = None;
        worker.result = None;
    }

    /// A step is over: with a result it becomes history, without one it is dropped.
    fn finish(&mut self, w: usize, net: &Net, caches: &mut Caches) {
        let fate = self.workers[w].result.unwrap_or(Fate::Dropped);
        self.tell(w, fate);
        let worker = &mut self.workers[w];
        if self.sight != Sight::Contiguous {
            if fate == Fate::Dropped {
                caches.clear(worker.own);
            } else {
                caches.append(net, worker.own, worker.history);
            }
        }
        worker.idle = self.closing;
    }

    fn end(&mut self, w: usize, caches: &mut Caches) {
        self.said_end = true;
        self.workers[w].text.push(END);
        self.tell(w, Fate::Ended);
        self.workers[w].idle = true;
        if self.sight != Sight::Contiguous {
            caches.clear(self.workers[w].own);
        }
        if !self.all_end {
            self.closing = true;
            for worker in self.workers.iter_mut().filter(|worker| worker.text.is_empty()) {
                worker.idle = true;
            }
        }
    }

    /// After everybody has spoken: letters begun twice in this round, and whether it is over.
    pub fn settle(&mut self, round: u32, cache: &Cache) {
        if self.over.is_some() {
            return;
        }
        for (at, worker) in self.workers.iter().enumerate() {
            let same = |other: &&Worker| {
                worker.text.len() == 1 && other.text == worker.text && !other.idle && !worker.idle
            };
            self.collisions += self.workers[..at].iter().filter(same).count() as u32;
        }
        if self.workers.iter().all(|worker| worker.idle) || self.positions(cache) > ROOM {
            self.over = Some(round);
        }
    }

    /// Positions in all blocks of the problem.
    fn positions(&self, cache: &Cache) -> usize {
        let mut blocks: Vec<BlockId> = Vec::with_capacity(4 * self.workers.len());
        for worker in &self.workers {
            blocks.extend([worker.history, worker.own]);
        }
        blocks.sort_unstable();
        blocks.dedup();
        blocks.iter().map(|block| cache.len(*block)).sum()
    }

    /// Positions of the longest view.
    pub fn reach(&self, cache: &Cache) -> usize {
        match self.sight {
            Sight::Combined | Sight::Contiguous => self.positions(cache) + 2,
            _ => self
                .workers
                .iter()
                .map(|w| cache.len(w.history) + cache.len(w.own) + 1)
                .max()
                .unwrap_or(0),
        }
    }

    /// Share of the jobs that are done right; in a search, whether the hit is found.
    pub fn done(&self) -> f64 {
        let right = |at: usize| self.written[at] == Some(self.problem.items[at].value);
        if self.problem.task == Task::Search {
            let hit = self.problem.items.iter().position(|i| i.value == self.problem.wanted);
            return f64::from(u8::from(hit.is_some_and(right)));
        }
        let count = self.written.len();
        (0..count).filter(|at| right(*at)).count() as f64 / count.max(1) as f64
    }

    /// Whether the problem is solved: all jobs right; in a search, the hit found and said to be the end.
    pub fn solved(&self) -> bool {
        self.done() >= 1.0 && (self.problem.task != Task::Search || self.said_end)
    }
}
