using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>A real file system of a few megabytes, in memory; the test is left out where none may be
/// mounted.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const int FillBytes = 256 * 1024;
    private static readonly string[] Fillers = ["filler", "filler2"];

    private SmallDisk(string path) => Path = path;

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
