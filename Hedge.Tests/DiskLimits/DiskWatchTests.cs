using Hedge.Storage.DiskLimits;
using Hedge.Storage.Io;
using Hedge.Storage.Manifests;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.DiskLimits;

/// <summary>What is noticed of the data directory and its disk, and what becomes of the reserve.</summary>
[TestFixture]
[Category("fast")]
public sealed class DiskWatchTests
{
    private const long Reserve = 1 << 20;
    private readonly SimDisk _disk = new(1) { CapacityBytes = 64 << 20 };
    private readonly DiskLimit _limit = new(1, 1);
    private readonly DiskFailures _failures = new(1, 1);
    private DataDirectory _directory = null!;
    private DiskWatch _watch = null!;

    [OneTimeSetUp]
    public void Open()
    {
        _directory = DataDirectory.Open(_disk, new SimSeed(1), "data", 1, 1);
        _disk.CreateDirectory("data/log");
        _watch = new DiskWatch(_disk, _directory, _limit, _failures, Reserve);
        _watch.Open();
    }

    [OneTimeTearDown]
    public void Close() => _directory.Dispose();

    [Test]
    public void The_reserve_is_given_up_on_a_full_disk_and_taken_again()
    {
        Look();
        Assert.That(HeldBytes, Is.EqualTo(Reserve));
        Assert.That(_limit.IsFull, Is.False);
        using DiskFile file = _disk.Open("others", DiskOpenMode.Create);
        _disk.Allocate(file, _disk.FreeBytes(""));
        Look();
        Assert.That(HeldBytes, Is.EqualTo(Reserve / 2));
        Assert.That(_disk.FreeBytes(""), Is.EqualTo(Reserve / 2));
        Look();
        Assert.That(_limit.IsFull && _limit.IsSystem, Is.True);
        _disk.Truncate(file, 0);
        Look();
        Assert.That(HeldBytes, Is.EqualTo(Reserve));
        Assert.That(_limit.IsFull, Is.False);
        _disk.Delete("others");
    }

    [TestCase(Errno.IoError)]
    [TestCase(Errno.AccessDenied)]
    [TestCase(Errno.ReadOnlySystem)]
    public void A_disk_that_does_not_answer_is_a_failure_with_its_errno_until_it_does(int errno)
    {
        _disk.Faults.Add(new SimDiskFault { Kind = SimDiskFaultKind.Fail, Errno = errno, When = _ => true });
        _watch.Look();
        Assert.That((_failures.Directory as DiskException)?.ErrorNumber, Is.EqualTo(errno));
        Assert.That(_failures.Directory!.Message, Does.Contain(Errno.Describe(errno)).And.Contain("data"));
        _disk.Faults.Clear();
        _watch.Look();
        Assert.That(_failures.Directory, Is.Null);
    }

    [Test]
    public void A_directory_that_is_gone_or_another_one_is_a_failure()
    {
        _disk.Rename("data", "moved");
        _watch.Look();
        Assert.That((_failures.Directory as DiskException)?.ErrorNumber, Is.EqualTo(Errno.NoEntry));
        _disk.CreateDirectory("data/log");
        _watch.Look();
        Assert.That((_failures.Directory as DiskException)?.ErrorNumber, Is.EqualTo(Errno.Stale));
        _disk.Delete("data");
        _disk.Rename("moved", "data");
        _watch.Look();
        Assert.That(_failures.Directory, Is.Null);
        _disk.Rename("data/log", "data/other");
        _watch.Look();
        Assert.That(_failures.Directory!.Message, Does.Contain("data/log"));
        _disk.Rename("data/other", "data/log");
    }

    [Test]
    public void Every_number_of_an_error_has_words()
    {
        int[] ofFiles = [1, 2, 4, 5, 6, 9, 11, 12, 13, 16, 17, 18, 19, 20, 21, 22, 23, 24, 26, 27, 28, 30,
            31, 36, 39, 40, 61, 95, 116, 117, 121, 122];
        foreach (int errno in ofFiles)
            Assert.That(Errno.Describe(errno), Does.Not.StartWith("Unknown"), $"{errno}");
    }

    private long HeldBytes => _disk.Exists("data/RESERVE") ? _disk.Peek("data/RESERVE").Length : 0;

    // The second count is past the patience with merges that might help.
    private void Look()
    {
        _watch.Look();
        _limit.Count(0, default);
        _limit.Count(1000, default);
    }
}
