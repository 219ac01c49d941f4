//! The context itself, on `wgpu` and its WebGPU backend.
//!
//! WebGPU drops a submission that it finds wrong and tells of it elsewhere; wgpu 30.0.0 reads those tidings by a panic
//! (gfx-rs/wgpu#9914, #10039; 30.0.1 mends one of them and wants another wasm-bindgen than ours). So every piece of
//! work proves itself: a number travels from submission to submission and comes back behind the results. Where it does
//! not arrive, something was dropped, and the work counts as failed.

use futures_channel::oneshot;
use lexicon::Fault;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use wgpu::*;

/// Threads of a workgroup; the kernels say the same in WGSL.
pub const THREADS: u32 = 64;
/// Bytes behind the results that prove them.
pub const PROOF: usize = 4;
/// The device aligns what a uniform is bound at.
const ALIGN: usize = 256;
/// Groups along one side of a dispatch; kernels stride over what is left.
const GROUPS_MAX: u32 = 65_535;

/// What a buffer is for.
pub mod usage {
    use wgpu::BufferUsages as U;
    pub const UNIFORM: U = U::UNIFORM.union(U::COPY_DST);
    /// Filled by us, read by kernels.
    pub const INPUT: U = U::STORAGE.union(U::COPY_DST);
    /// Written by kernels and by us, read back.
    pub const STATE: U = U::STORAGE.union(U::COPY_DST).union(U::COPY_SRC);
    pub const READBACK: U = U::MAP_READ.union(U::COPY_DST);
}

/// One adapter's device; clones are the same one.
#[derive(Clone, Debug)]
pub struct Gpu {
    of: Rc<Context>,
}

#[derive(Debug)]
struct Context {
    device: Device,
    queue: Queue,
    name: String,
    software: bool,
    /// Written by the device's callbacks, hence the lock.
    failed: Arc<Mutex<Option<String>>>,
    /// Compiled kernels by name.
    kernels: RefCell<BTreeMap<&'static str, Rc<Kernels>>>,
    /// The proof's number of the last work, and the two cells between which it travels.
    proof: Cell<u32>,
    cells: [Buffer; 2],
}

/// What stands behind a binding of a set of kernels, in the order of their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// A uniform of which each dispatch sees another part.
    Turning,
    Uniform,
    Read,
    Write,
}

/// The entry points of one WGSL file, all with the same bindings.
#[derive(Debug)]
pub struct Kernels {
    layout: BindGroupLayout,
    /// How many of the bindings are turning.
    turning: usize,
    pipelines: Vec<ComputePipeline>,
}

impl Gpu {
    /// Asks the browser for an adapter and a device. The error is half a sentence for a person.
    pub async fn open() -> Result<Self, String> {
        let instance = Instance::new(InstanceDescriptor {
            backends: Backends::BROWSER_WEBGPU,
            ..InstanceDescriptor::new_without_display_handle()
        });
        let options = RequestAdapterOptions {
            power_preference: PowerPreference::HighPerformance,
            ..RequestAdapterOptions::default()
        };
        let adapter = instance
            .request_adapter(&options)
            .await
            .map_err(|_| "this browser offers no WebGPU adapter here".to_string())?;
        let limits = adapter.limits();
        let asked = DeviceDescriptor {
            // As large as the adapter allows: what does not fit is split by its users.
            required_limits: limits,
            ..DeviceDescriptor::default()
        };
        let (device, queue) = adapter
            .request_device(&asked)
            .await
            .map_err(|error| format!("its WebGPU adapter refused a device ({error})"))?;
        let failed: Arc<Mutex<Option<String>>> = Arc::default();
        let lost = failed.clone();
        device.set_device_lost_callback(move |_, says| note(&lost, "it was lost", &says));
        let info = adapter.get_info();
        let name = match (info.name.as_str(), info.device_type) {
            ("", DeviceType::Cpu) => "software adapter".to_string(),
            ("", _) => "WebGPU adapter".to_string(),
            (name, _) => lexicon::fault::shown(name, 80),
        };
        let software = info.device_type == DeviceType::Cpu;
        let cell = |_| {
            device.create_buffer(&BufferDescriptor {
                label: None,
                size: PROOF as u64,
                usage: BufferUsages::COPY_SRC | BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        };
        let (proof, cells) = (Cell::new(0), [0, 1].map(cell));
        let kernels = RefCell::default();
        Ok(Self {
            of: Rc::new(Context { device, queue, name, software, failed, kernels, proof, cells }),
        })
    }

    /// The adapter's name, as a person reads it.
    pub fn name(&self) -> &str {
        &self.of.name
    }

    /// A program that plays a GPU.
    pub fn is_software(&self) -> bool {
        self.of.software
    }

    /// Why nothing more is computed here: the device was lost or refused its work.
    pub fn failed(&self) -> Option<String> {
        self.of.failed.lock().map_or(None, |why| why.clone())
    }

    /// Gives the device up, as if it were lost.
    pub fn destroy(&self) {
        note(&self.of.failed, "it was given up", "");
        self.of.device.destroy();
    }

    /// Gives the device up for work that it cannot take.
    pub fn refuse(&self, why: &str) {
        note(&self.of.failed, why, "");
    }

    /// Numbers of 4 bytes that one storage buffer may hold.
    pub fn numbers_max(&self) -> usize {
        let limits = self.of.device.limits();
        (limits.max_storage_buffer_binding_size.min(limits.max_buffer_size) / 4) as usize
    }

    /// Compiles a WGSL file once; `entries` are its kernels, in the order by which `Work::run` names them.
    pub fn kernels(
        &self,
        name: &'static str,
        wgsl: &str,
        bound: &[Bound],
        entries: &[&str],
    ) -> Rc<Kernels> {
        if let Some(known) = self.of.kernels.borrow().get(name) {
            return known.clone();
        }
        let made = Rc::new(self.compile(wgsl, bound, entries));
        self.of.kernels.borrow_mut().insert(name, made.clone());
        made
    }

    fn compile(&self, wgsl: &str, bound: &[Bound], entries: &[&str]) -> Kernels {
        let device = &self.of.device;
        let entry = |(binding, bound): (usize, &Bound)| BindGroupLayoutEntry {
            binding: binding as u32,
            visibility: ShaderStages::COMPUTE,
            ty: BindingType::Buffer {
                ty: match bound {
                    Bound::Turning | Bound::Uniform => BufferBindingType::Uniform,
                    Bound::Read => BufferBindingType::Storage { read_only: true },
                    Bound::Write => BufferBindingType::Storage { read_only: false },
                },
                has_dynamic_offset: *bound == Bound::Turning,
                min_binding_size: None,
            },
            count: None,
        };
        let bindings: Vec<BindGroupLayoutEntry> = bound.iter().enumerate().map(entry).collect();
        let layout = device.create_bind_group_layout(&BindGroupLayoutDescriptor {
            label: None,
            entries: &bindings,
        });
        let whole = device.create_pipeline_layout(&PipelineLayoutDescriptor {
            label: None,
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let module = device.create_shader_module(ShaderModuleDescriptor {
            label: None,
            source: ShaderSource::Wgsl(wgsl.into()),
        });
        let pipeline = |entry: &&str| {
            device.create_compute_pipeline(&ComputePipelineDescriptor {
                label: Some(entry),
                layout: Some(&whole),
                module: &module,
                entry_point: Some(entry),
                compilation_options: PipelineCompilationOptions::default(),
                cache: None,
            })
        };
        let turning = bound.iter().filter(|b| **b == Bound::Turning).count();
        Kernels { layout, turning, pipelines: entries.iter().map(pipeline).collect() }
    }

    /// Opens a piece of work, one at a time. Everything until `Work::read` is proved together.
    pub fn work(&self) -> Work<'_> {
        self.of.proof.set(self.of.proof.get().wrapping_add(1).max(1));
        self.of.queue.write_buffer(&self.of.cells[0], 0, &self.of.proof.get().to_le_bytes());
        Work { gpu: self, encoder: None, cell: 0 }
    }
}

fn note(failed: &Mutex<Option<String>>, what: &str, says: &str) {
    if let Ok(mut failed) = failed.lock()
        && failed.is_none()
    {
        let says = lexicon::fault::shown(says.lines().next().unwrap_or_default(), 160);
        *failed = Some(if says.is_empty() { what.to_string() } else { format!("{what}: {says}") });
    }
}

/// A buffer that is kept, and replaced by a larger one when more is asked of it.
#[derive(Debug)]
pub struct Room {
    usage: BufferUsages,
    buffer: Option<Buffer>,
}

impl Room {
    pub fn new(usage: BufferUsages) -> Self {
        Self { usage, buffer: None }
    }

    /// Sees to it that so many bytes fit; whether the buffer is another one now.
    pub fn hold(&mut self, gpu: &Gpu, bytes: usize) -> bool {
        let bytes = bytes.max(ALIGN).next_multiple_of(ALIGN) as u64;
        if self.buffer.as_ref().is_some_and(|b| b.size() >= bytes) {
            return false;
        }
        let of = BufferDescriptor {
            label: None,
            size: bytes,
            usage: self.usage,
            mapped_at_creation: false,
        };
        // The old one first: the two together may be more than there is.
        self.buffer = None;
        self.buffer = Some(gpu.of.device.create_buffer(&of));
        true
    }

    fn buffer(&self) -> &Buffer {
        self.buffer.as_ref().expect("held before it is used")
    }

    pub fn write(&self, gpu: &Gpu, at_byte: usize, bytes: &[u8]) {
        if !bytes.is_empty() {
            gpu.of.queue.write_buffer(self.buffer(), at_byte as u64, bytes);
        }
    }

    /// A list for `Bound::Turning`: each of the parts at an aligned place.
    pub fn write_parts(&mut self, gpu: &Gpu, parts: &[[u32; 16]]) -> bool {
        let new = self.hold(gpu, parts.len() * ALIGN);
        let mut bytes = vec![0u8; parts.len() * ALIGN];
        for (place, part) in bytes.chunks_exact_mut(ALIGN).zip(parts) {
            place[..64].copy_from_slice(bytemuck::cast_slice(part));
        }
        self.write(gpu, 0, &bytes);
        new
    }
}

/// Buffers bound to kernels.
#[derive(Clone, Debug)]
pub struct Bindings {
    group: BindGroup,
}

impl Kernels {
    /// `rooms` in the order of the bindings; of turning uniforms each dispatch sees 64 bytes.
    pub fn bind(&self, gpu: &Gpu, bound: &[Bound], rooms: &[&Room]) -> Bindings {
        let part = BufferSize::new(64);
        let mut entries = Vec::with_capacity(rooms.len());
        for (binding, (bound, room)) in bound.iter().zip(rooms).enumerate() {
            let size = if *bound == Bound::Turning { part } else { None };
            let resource =
                BindingResource::Buffer(BufferBinding { buffer: room.buffer(), offset: 0, size });
            entries.push(BindGroupEntry { binding: binding as u32, resource });
        }
        let group = gpu.of.device.create_bind_group(&BindGroupDescriptor {
            label: None,
            layout: &self.layout,
            entries: &entries,
        });
        Bindings { group }
    }
}

/// One dispatch: which kernel, on which parts of the turning uniforms, over how many numbers.
#[derive(Clone, Copy, Debug)]
pub struct Dispatch {
    pub kernel: usize,
    pub parts: [u32; 2],
    /// Threads along x (kernels stride, so fewer may be started), groups along y.
    pub numbers: usize,
    pub lanes: usize,
}

/// Dispatches and copies on their way to the device.
pub struct Work<'a> {
    gpu: &'a Gpu,
    encoder: Option<CommandEncoder>,
    /// Where the proof is now.
    cell: usize,
}

impl Work<'_> {
    fn encoder(&mut self) -> &mut CommandEncoder {
        let device = &self.gpu.of.device;
        self.encoder.get_or_insert_with(|| device.create_command_encoder(&Default::default()))
    }

    /// Runs kernels one after the other; each sees what those before it wrote.
    pub fn run(
        &mut self,
        kernels: &Kernels,
        bindings: &Bindings,
        all: impl IntoIterator<Item = Dispatch>,
    ) {
        let mut pass = self.encoder().begin_compute_pass(&ComputePassDescriptor::default());
        for one in all {
            let offsets = one.parts.map(|part| part * ALIGN as u32);
            let groups = (one.numbers as u64).div_ceil(THREADS.into()).min(GROUPS_MAX.into());
            if groups == 0 || one.lanes == 0 {
                continue;
            }
            pass.set_pipeline(&kernels.pipelines[one.kernel]);
            pass.set_bind_group(0, &bindings.group, &offsets[..kernels.turning]);
            pass.dispatch_workgroups(groups as u32, one.lanes as u32, 1);
        }
    }

    pub fn copy(&mut self, from: &Room, from_byte: usize, to: &Room, to_byte: usize, bytes: usize) {
        self.encoder().copy_buffer_to_buffer(
            from.buffer(),
            from_byte as u64,
            to.buffer(),
            to_byte as u64,
            bytes as u64,
        );
    }

    /// Sends what there is on its way. Browsers watch over how long one submission takes, so long work is split.
    pub fn submit(&mut self) {
        if let Some(mut encoder) = self.encoder.take() {
            let Context { queue, cells, .. } = &*self.gpu.of;
            let (from, to) = (&cells[self.cell], &cells[1 - self.cell]);
            queue.write_buffer(to, 0, &[0; PROOF]);
            encoder.copy_buffer_to_buffer(from, 0, to, 0, PROOF as u64);
            queue.submit([encoder.finish()]);
            self.cell = 1 - self.cell;
        }
    }

    /// Submits, waits, and fills `out` from the start of `room`, which has `PROOF` bytes more. On any fault `out` is as
    /// it was.
    pub async fn read(mut self, room: &Room, out: &mut [u8]) -> Result<(), Fault> {
        self.submit();
        let (cell, end) = (&self.gpu.of.cells[self.cell], out.len() as u64);
        let mut last = self.gpu.of.device.create_command_encoder(&Default::default());
        last.copy_buffer_to_buffer(cell, 0, room.buffer(), end, PROOF as u64);
        self.gpu.of.queue.submit([last.finish()]);
        let slice = room.buffer().slice(..end + PROOF as u64);
        let (send, came) = oneshot::channel();
        slice.map_async(MapMode::Read, move |mapped| {
            let _ = send.send(mapped.is_ok());
        });
        let mapped = came.await.unwrap_or(false);
        if let Some(why) = self.gpu.failed() {
            return Err(Fault::Device(why));
        }
        let view = slice.get_mapped_range().ok().filter(|_| mapped);
        let Some(view) = view else {
            note(&self.gpu.of.failed, "it did not give its numbers back", "");
            return Err(Fault::Device("The GPU did not give its numbers back.".into()));
        };
        let (numbers, proof) = view.split_at(out.len());
        let proved = proof == self.gpu.of.proof.get().to_le_bytes();
        if proved {
            out.copy_from_slice(numbers);
        }
        drop(view);
        room.buffer().unmap();
        if !proved {
            note(&self.gpu.of.failed, "it refused its work", "");
            return Err(Fault::Device("The GPU refused its work.".into()));
        }
        Ok(())
    }
}
