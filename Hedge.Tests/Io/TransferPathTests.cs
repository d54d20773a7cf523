using System.Runtime.Versioning;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Disk;
using Hedge.Storage.Manifests;
using NUnit.Framework;

namespace Hedge.Tests.Io;

/// <summary>Files that clients name: what is a path below the directory, and what the disk opens.</summary>
[TestFixture]
[SupportedOSPlatform("linux")]
[Category("fast")]
public sealed class TransferPathTests
{
    private readonly PosixDisk _disk = new();
    private string _root = "";

    [SetUp]
    public void Make() => _root = Directory.CreateTempSubdirectory("hedge-transfer-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_root, true);

    [TestCase("file", "", "file")]
    [TestCase("a/b/file", "a/b", "file")]
    [TestCase("/base/dir/file", "", "file")]
    [TestCase("/base/dir/a/file", "a", "file")]
    public void Paths_below_are_taken(string given, string folder, string name) =>
        Assert.That(TransferPath.Parse("/base/dir/", given),
            Is.EqualTo(new TransferPath("/base/dir", folder, name)));

    [TestCase("")]
    [TestCase(".")]
    [TestCase("..")]
    [TestCase("../file")]
    [TestCase("a/../../file")]
    [TestCase("a/../file")]
    [TestCase("a//file")]
    [TestCase("a/")]
    [TestCase("/etc/passwd")]
    [TestCase("/base/directory/file")]
    [TestCase("/base/dir/../file")]
    [TestCase("/base/dir")]
    [TestCase("zero\0byte")]
    public void Others_are_not(string given) => Assert.That(TransferPath.Parse("/base/dir", given), Is.Null);

    [TestCase("/data/transfer", true)]
    [TestCase("/data/transfer/inner", true)]
    [TestCase("/elsewhere", true)]
    [TestCase("/data", false)]
    [TestCase("/data/log", false)]
    [TestCase("/data/p00", false)]
    [TestCase("/", false)]
    public void The_directory_is_apart_from_the_engines_files(string transfers, bool may) =>
        Assert.That(DataDirectory.MayTransfer("/data", transfers), Is.EqualTo(may));

    [Test]
    public void Links_pipes_and_directories_are_refused_at_once_whatever_they_lead_to()
    {
        string outside = Directory.CreateTempSubdirectory("hedge-outside-").FullName;
        try
        {
            File.WriteAllText($"{outside}/secret", "x");
            File.CreateSymbolicLink($"{_root}/there", $"{outside}/secret");
            File.CreateSymbolicLink($"{_root}/missing", $"{outside}/none");
            Directory.CreateSymbolicLink($"{_root}/way", outside);
            Directory.CreateDirectory($"{_root}/inner");
            Run("mkfifo", $"{_root}/pipe");
            using IDiskFolder folder = _disk.OpenFolder(_root, "");
            Assert.That(ErrnoOf(() => folder.Open("there", DiskOpenMode.Read)), Is.EqualTo(Errno.Loop));
            Assert.That(ErrnoOf(() => folder.Open("missing", DiskOpenMode.Read)), Is.EqualTo(Errno.Loop));
            Assert.That(ErrnoOf(() => folder.Open("missing", DiskOpenMode.Create)), Is.EqualTo(Errno.Exists));
            Assert.That(ErrnoOf(() => folder.Open("pipe", DiskOpenMode.Read)), Is.EqualTo(Errno.Invalid));
            Assert.That(ErrnoOf(() => folder.Open("inner", DiskOpenMode.Read)), Is.EqualTo(Errno.Invalid));
            Assert.That(ErrnoOf(() => _disk.OpenFolder(_root, "way")), Is.EqualTo(Errno.Loop));
            Assert.That(File.Exists($"{outside}/none"), Is.False);
        }
        finally
        {
            Directory.Delete(outside, true);
        }
    }

    [Test]
    public void A_file_is_made_for_its_owner_alone_and_renamed_over_nothing()
    {
        TransferPath path = new($"{_root}/made", "", "file");
        using IDiskFolder folder = path.OpenFolder(_disk);
        folder.Open("new", DiskOpenMode.Create).Dispose();
        folder.Open("taken", DiskOpenMode.Create).Dispose();
        Assert.That(ErrnoOf(() => folder.Rename("new", "taken")), Is.EqualTo(Errno.Exists));
        folder.Rename("new", "file");
        folder.Sync();
        Assert.That(string.Join(' ', Directory.GetFiles(path.Root).Select(Path.GetFileName).Order()),
            Is.EqualTo("file taken"));
        const UnixFileMode own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.That(File.GetUnixFileMode(path.Text), Is.EqualTo(own));
        Assert.That(File.GetUnixFileMode(path.Root), Is.EqualTo(own | UnixFileMode.UserExecute));
    }

    [Test]
    public void A_deleted_lock_file_lets_nobody_in_and_a_moved_directory_is_noticed()
    {
        string data = $"{_root}/data";
        _disk.CreateDirectory(data);
        using IDirectoryLock held = _disk.TryLock(data)!;
        Assert.That(held.IsOpenToOthers, Is.False);
        File.Delete($"{data}/{PosixDisk.LockFileName}");
        Assert.That(_disk.TryLock(data), Is.Null);
        held.Check();
        Directory.Move(data, $"{_root}/moved");
        Assert.That(ErrnoOf(held.Check), Is.EqualTo(Errno.NoEntry));
        _disk.CreateDirectory(data);
        Assert.That(ErrnoOf(held.Check), Is.EqualTo(Errno.Stale));
        Directory.Delete(data);
        Directory.Move($"{_root}/moved", data);
        held.Check();
    }

    private static int ErrnoOf(Action action)
    {
        try
        {
            action();
            return 0;
        }
        catch (DiskException failure)
        {
            return failure.ErrorNumber;
        }
    }

    private static void Run(string program, string argument)
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(program, [argument]);
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero);
    }
}
