using System.Diagnostics;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Disk;
using NUnit.Framework;

namespace Hedge.Tests.Io;

[TestFixture]
[Category("fast")]
public sealed class PosixDiskTests
{
    private readonly PosixDisk _disk = new();
    private string _directory = null!;

    [SetUp]
    public void Start() => _directory = Directory.CreateTempSubdirectory("hedge-disk-").FullName;

    [TearDown]
    public void Stop() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void Bytes_written_at_an_offset_are_read_there_and_zeros_before()
    {
        using DiskFile file = _disk.Open(At("a"), DiskOpenMode.Create);
        _disk.Write(file, 1000, "hello"u8);
        _disk.Sync(file);
        byte[] got = new byte[2000];
        Assert.That(_disk.Read(file, 990, got), Is.EqualTo(15), "short at the end");
        Assert.That(got[..10], Is.All.Zero);
        Assert.That(got[10..15], Is.EqualTo("hello"u8.ToArray()));
        Assert.That(_disk.Read(file, 5000, got), Is.Zero);
        Assert.That(_disk.Length(file), Is.EqualTo(1005));
    }

    [Test]
    public void Direct_reads_end_with_the_file()
    {
        using (DiskFile file = _disk.Open(At("a"), DiskOpenMode.Create))
            _disk.Write(file, 0, new byte[10_000]);
        using DiskFile direct = _disk.Open(At("a"), DiskOpenMode.ReadDirect);
        using AlignedBuffer buffer = new(16384);
        buffer.Span.Fill(1);
        Assert.That(_disk.Read(direct, 0, buffer.Span), Is.EqualTo(10_000));
        Assert.That(buffer.Span[..10_000].IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
        Assert.That(_disk.Read(direct, 4096, buffer.Span), Is.EqualTo(10_000 - 4096));
        Assert.That(_disk.Read(direct, 16384, buffer.Span), Is.Zero);
    }

    [Test]
    public void A_file_system_without_direct_reads_is_read_through_the_page_cache()
    {
        // /proc refuses O_DIRECT with EINVAL.
        using DiskFile file = _disk.Open("/proc/self/status", DiskOpenMode.ReadDirect);
        byte[] got = new byte[5];
        Assert.That(_disk.Read(file, 0, got), Is.EqualTo(5));
        Assert.That(got, Is.EqualTo("Name:"u8.ToArray()));
    }

    [Test]
    public void Failures_carry_operation_path_and_errno()
    {
        DiskException missing =
            Assert.Throws<DiskException>(() => _disk.Open(At("none"), DiskOpenMode.Read))!;
        Assert.That(
            (missing.Operation, missing.Path, missing.ErrorNumber), Is.EqualTo(("open", At("none"), 2)));
        using DiskFile file = _disk.Open(At("a"), DiskOpenMode.Create);
        Assert.That(Fails(() => _disk.Open(At("a"), DiskOpenMode.Create)), Is.EqualTo(Errno.Exists));
        Assert.That(Fails(() => _disk.Rename(At("none"), At("b"))), Is.EqualTo(Errno.NoEntry));
        Assert.That(Fails(() => _disk.Delete(At("none"))), Is.EqualTo(Errno.NoEntry));
        Assert.That(Fails(() => _disk.SyncDirectory(At("none"))), Is.EqualTo(Errno.NoEntry));
        Assert.That(Fails(() => _disk.List(At("none"))), Is.EqualTo(Errno.NoEntry));
        Assert.That(Fails(() => _disk.CreateDirectory(At("a/b"))), Is.EqualTo(Errno.NotDirectory));
        using DiskFile readOnly = _disk.Open(At("a"), DiskOpenMode.Read);
        Assert.That(Fails(() => _disk.Write(readOnly, 0, "x"u8)), Is.EqualTo(9));
    }

    [Test]
    public void Space_is_reserved_and_cut()
    {
        using DiskFile file = _disk.Open(At("a"), DiskOpenMode.Create);
        _disk.Write(file, 0, "abc"u8);
        _disk.Allocate(file, 1 << 20);
        Assert.That(_disk.Length(file), Is.EqualTo(1 << 20));
        byte[] got = new byte[8];
        _disk.Read(file, 0, got);
        Assert.That(got, Is.EqualTo("abc\0\0\0\0\0"u8.ToArray()));
        _disk.Truncate(file, 2);
        Assert.That(_disk.Length(file), Is.EqualTo(2));
        Assert.That(_disk.FreeBytes(_directory), Is.GreaterThan(1 << 20));
    }

    [Test]
    public void Names_are_made_listed_renamed_and_deleted()
    {
        _disk.CreateDirectory(At("x/y/z"));
        _disk.CreateDirectory(At("x/y/z"));
        _disk.Open(At("x/b"), DiskOpenMode.Create).Dispose();
        _disk.Open(At("x/B"), DiskOpenMode.Create).Dispose();
        _disk.Open(At("x/.hidden"), DiskOpenMode.Create).Dispose();
        _disk.SyncDirectory(At("x"));
        Assert.That(string.Join(' ', _disk.List(At("x"))), Is.EqualTo(".hidden B b y"));
        _disk.Rename(At("x/b"), At("x/B"));
        _disk.Delete(At("x/.hidden"));
        Assert.That(string.Join(' ', _disk.List(At("x"))), Is.EqualTo("B y"));
        Assert.That(_disk.Exists(At("x/B")) && _disk.Exists(At("x")) && !_disk.Exists(At("x/b")));
    }

    [Test]
    public void A_directory_is_locked_once()
    {
        IDisposable? held = _disk.TryLock(_directory);
        Assert.That(held, Is.Not.Null);
        Assert.That(_disk.TryLock(_directory), Is.Null, "in this process");
        Assert.That(_disk.List(_directory), Is.Empty, "the lock's file is not shown");
        string file = At(PosixDisk.LockFileName);
        Assert.That(Flock(file), Is.EqualTo(1), "in another process");
        held!.Dispose();
        Assert.That(Flock(file), Is.Zero);
        using IDisposable? again = _disk.TryLock(_directory);
        Assert.That(again, Is.Not.Null);
    }

    [Test]
    public void No_descriptor_is_left_open()
    {
        _disk.Exists(_directory);
        int before = TransportTests.OpenDescriptors();
        for (int i = 0; i < 20; i++)
        {
            using DiskFile file = _disk.Open(At("f" + i), DiskOpenMode.Create);
            _disk.SyncDirectory(_directory);
            _disk.TryLock(_directory)!.Dispose();
            Assert.Throws<DiskException>(() => _disk.Open(At("none"), DiskOpenMode.ReadDirect));
        }

        Assert.That(TransportTests.OpenDescriptors(), Is.EqualTo(before));
    }

    // flock(1) of util-linux: 1 when the lock is taken.
    private static int Flock(string file)
    {
        using Process process = Process.Start("flock", ["--nonblock", file, "true"]);
        process.WaitForExit();
        return process.ExitCode;
    }

    private static int Fails(Action action) => Assert.Throws<DiskException>(() => action())!.ErrorNumber;

    private string At(string name) => Path.Combine(_directory, name);
}
