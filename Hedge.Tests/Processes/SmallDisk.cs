using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>A real file system of a few megabytes, in memory or an ext4 in a file; the test is left out where
/// none may be mounted.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const int FillBytes = 256 * 1024;
    private static readonly string[] Fillers = ["filler", "filler2"];

    // Makes ext4 answer every access with EIO, as when its device is gone: EXT4_IOC_SHUTDOWN without a flush.
    private const string ShutDown = "import fcntl, os, sys; "
        + "fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, b'\\2\\0\\0\\0')";

    private readonly string? _image;

    private SmallDisk(string path, string? image = null) => (Path, _image) = (path, image);

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>A data directory on it.</summary>
    public string Data => $"{Path}/data";

    /// <summary>Mounts one.</summary>
    public static SmallDisk Mount(int megabytes)
    {
        string path = Directory.CreateTempSubdirectory("hedge-small-disk-").FullName;
        string size = string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m");
        if (Run("mount", "-t", "tmpfs", "-o", size, "tmpfs", path) == 0) return new SmallDisk(path);
        Directory.Delete(path);
        Assert.Ignore("mounting a small file system is not permitted here");
        throw new InvalidOperationException();
    }

    /// <summary>Mounts an ext4 in a file.</summary>
    public static SmallDisk MountExt4(int megabytes)
    {
        string path = Directory.CreateTempSubdirectory("hedge-small-disk-").FullName;
        string image = path + ".image";
        using (FileStream file = new(image, FileMode.CreateNew)) file.SetLength(megabytes * 1024L * 1024);
        if (Run("mkfs.ext4", "-q", image) == 0 && Run("mount", "-o", "loop", image, path) == 0)
            return new SmallDisk(path, image);
        Directory.Delete(path);
        File.Delete(image);
        Assert.Ignore("making and mounting an ext4 is not permitted here");
        throw new InvalidOperationException();
    }

    /// <summary>The disk is gone: every access fails from now on.</summary>
    public void Fail()
    {
        if (Run("python3", "-c", ShutDown, Path) != 0) Assert.Ignore("ext4 cannot be shut down here");
    }

    /// <summary>The file system disappears from its path; what is open stays so.</summary>
    public void Detach() => Assert.That(Run("umount", "-l", Path), Is.Zero);

    /// <summary>Mounts the ext4 again, when nothing of it is open any more.</summary>
    public void MountAgain()
    {
        _ = Run("umount", Path);
        Assert.That(Run("mount", "-o", "loop", _image!, Path), Is.Zero);
    }

    /// <summary>Somebody else takes all that is free.</summary>
    public void Fill()
    {
        foreach (string name in Fillers)
        {
            using FileStream file =
                new($"{Path}/{name}", FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
            int bytes = FillBytes;
            while (bytes > 0)
            {
                try
                {
                    file.Write(new byte[bytes]);
                }
                catch (IOException)
                {
                    bytes /= 2;
                }
            }
        }
    }

    /// <summary>And gives it back.</summary>
    public void Empty()
    {
        foreach (string name in Fillers) File.Delete($"{Path}/{name}");
    }

    /// <summary>What is free, and the files there are.</summary>
    public string Describe()
    {
        IEnumerable<FileInfo> files =
            new DirectoryInfo(Path).EnumerateFiles("*", SearchOption.AllDirectories);
        return string.Create(CultureInfo.InvariantCulture, $"{new DriveInfo(Path).AvailableFreeSpace} free")
            + string.Concat(files.Select(file => $"\n{file.FullName[Path.Length..]} {file.Length}"));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = Run("umount", "-l", Path);
        Directory.Delete(Path);
        if (_image is not null) File.Delete(_image);
    }

    private static int Run(string program, params string[] arguments)
    {
        try
        {
            ProcessStartInfo start = new(program, arguments) { RedirectStandardError = true };
            using Process process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}
