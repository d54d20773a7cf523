using System.Runtime.InteropServices;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Backends;
using Hedge.Storage.Io.Disk;
using NUnit.Framework;

namespace Hedge.Tests.Io;

[TestFixture(IoMode.Uring)]
[TestFixture(IoMode.Portable)]
[Category("fast")]
public sealed unsafe class DiskQueueTests(IoMode mode)
{
    private readonly PosixDisk _disk = new();
    private string _directory = null!;
    private CoreHost _host = null!;
    private AlignedBuffer _buffer = null!;

    [SetUp]
    public void Start()
    {
        if (mode == IoMode.Uring && CoreIoFactory.Probe(IoMode.Auto).Mode != IoMode.Uring)
            Assert.Ignore("io_uring is not to be had here");
        _directory = Directory.CreateTempSubdirectory("hedge-io-").FullName;
        _buffer = new AlignedBuffer(1 << 20);
        _host = new CoreHost(mode, io => new TestHandler(io));
    }

    [TearDown]
    public void Stop()
    {
        _host?.Dispose();
        _buffer?.Dispose();
        if (_directory != null) Directory.Delete(_directory, recursive: true);
    }

    [Test]
    public void What_is_written_and_synced_is_read_back()
    {
        using DiskFile file = _disk.Open(Path.Combine(_directory, "a"), DiskOpenMode.Create);
        new Random(1).NextBytes(_buffer.Span[..100_000]);
        byte[] expected = _buffer.Span[..100_000].ToArray();
        int written = Do((queue, done) => queue.WriteThenSync(file, 4096, _buffer.Pointer, 100_000, done));
        Assert.That(written, Is.EqualTo(100_000));
        Assert.That(Do((queue, done) => queue.Write(file, 0, _buffer.Pointer, 4096, done)), Is.EqualTo(4096));
        Assert.That(Do((queue, done) => queue.Sync(file, done)), Is.Zero);
        _buffer.Span.Clear();
        int read = Do((queue, done) => queue.Read(file, 4096, _buffer.Pointer, 200_000, done));
        Assert.That(read, Is.EqualTo(100_000), "a read ends with the file");
        Assert.That(_buffer.Span[..100_000].SequenceEqual(expected));
        read = Do((queue, done) => queue.Read(file, 1 << 24, _buffer.Pointer, 4096, done));
        Assert.That(read, Is.Zero, "nothing behind the end");
    }

    [Test]
    public void Direct_files_are_read_in_blocks()
    {
        string path = Path.Combine(_directory, "direct");
        using (DiskFile file = _disk.Open(path, DiskOpenMode.Create))
        {
            _buffer.Span.Fill(0x5A);
            _disk.Write(file, 0, _buffer.Span[..10_000]);
            _disk.Sync(file);
        }

        _buffer.Span.Clear();
        using DiskFile direct = _disk.Open(path, DiskOpenMode.ReadDirect);
        int first = Do((queue, done) => queue.Read(direct, 4096, _buffer.Pointer, 4096, done));
        Assert.That(first, Is.EqualTo(4096));
        int last = Do((queue, done) => queue.Read(direct, 8192, _buffer.Pointer, 4096, done));
        Assert.That(last, Is.EqualTo(10_000 - 8192));
    }

    // SAFETY: freed when no operation is under way.
    [Test]
    public void Reads_into_memory_that_was_announced_give_the_file()
    {
        const int part = 256 * 1024;
        byte* memory = (byte*)NativeMemory.AlignedAlloc(2 * part, part);
        try
        {
            using DiskFile file = _disk.Open(Path.Combine(_directory, "announced"), DiskOpenMode.Create);
            new Random(2).NextBytes(_buffer.Span);
            _disk.Write(file, 0, _buffer.Span);
            _host.Run(() => _host.Io.Disk.ExpectReadsInto(memory));
            Check(file, memory, 0, 4096);
            Check(file, memory + 8192, 12_288, 16_384);
            Check(file, memory + part - 4096, 4096, 4096);
            Check(file, memory + part - 4096, 8192, 8192);
            Check(file, memory + part, 4096, 4096);
            _host.Run(() => _host.Io.Disk.EndReadsInto(memory));
            Check(file, memory, 20_480, 4096);
            _host.Run(() => _host.Io.Disk.ExpectReadsInto(memory + part));
            _host.Run(() => _host.Io.Disk.ExpectReadsInto(memory));
            Check(file, memory, 24_576, 4096);
            Check(file, memory + part, 28_672, 4096);
            _host.Run(() => _host.Io.Disk.EndReadsInto(memory));
            Check(file, memory + part, 32_768, 4096);
        }
        finally
        {
            _host.Run(() => _host.Io.Disk.EndReadsInto(memory + part));
            NativeMemory.AlignedFree(memory);
        }
    }

    private void Check(DiskFile file, byte* memory, int offset, int length)
    {
        new Span<byte>(memory, length).Clear();
        Assert.That(Do((queue, done) => queue.Read(file, offset, memory, length, done)), Is.EqualTo(length));
        Assert.That(new Span<byte>(memory, length).SequenceEqual(_buffer.Span.Slice(offset, length)));
    }

    [Test]
    public void Errors_are_negative_errnos()
    {
        string path = Path.Combine(_directory, "readonly");
        _disk.Open(path, DiskOpenMode.Create).Dispose();
        using DiskFile file = _disk.Open(path, DiskOpenMode.Read);
        const int BadDescriptor = 9;
        int plain = Do((queue, done) => queue.Write(file, 0, _buffer.Pointer, 10, done));
        Assert.That(plain, Is.EqualTo(-BadDescriptor));
        int result = Do((queue, done) => queue.WriteThenSync(file, 0, _buffer.Pointer, 10, done));
        Assert.That(result, Is.EqualTo(-BadDescriptor));
    }

    [Test]
    public void Many_operations_complete_once_each()
    {
        using DiskFile file = _disk.Open(Path.Combine(_directory, "many"), DiskOpenMode.Create);
        const int Count = 3000;
        Counting[] operations = new Counting[Count];
        using CountdownEvent left = new(Count);
        _host.Run(() =>
        {
            for (int i = 0; i < Count; i++)
            {
                operations[i] = new Counting(left);
                byte* from = _buffer.Pointer + i % 256 * 4096;
                if (i % 50 == 0) _host.Io.Disk.WriteThenSync(file, i * 4096L, from, 4096, operations[i]);
                else if (i % 50 == 1) _host.Io.Disk.Sync(file, operations[i]);
                else _host.Io.Disk.Write(file, i * 4096L, from, 4096, operations[i]);
            }
        });
        Assert.That(left.Wait(CoreHost.Patience), "all complete");
        Assert.That(_host.Run(() => _host.Io.Disk.InFlight), Is.Zero);
        for (int i = 0; i < Count; i++)
        {
            Assert.That(operations[i].Completions, Is.EqualTo(1));
            Assert.That(operations[i].Result, Is.EqualTo(i % 50 == 1 ? 0 : 4096));
        }
    }

    private delegate void Starting(IDiskQueue queue, DiskOperation done);

    private int Do(Starting start)
    {
        using CountdownEvent left = new(1);
        Counting operation = new(left);
        _host.Run(() => start(_host.Io.Disk, operation));
        Assert.That(left.Wait(CoreHost.Patience), "the operation completes");
        return operation.Result;
    }

    private sealed class Counting(CountdownEvent left) : DiskOperation
    {
        public int Result { get; private set; }

        public int Completions { get; private set; }

        public override void Complete(int result)
        {
            Result = result;
            Completions++;
            left.Signal();
        }
    }
}
