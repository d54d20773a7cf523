using System.Globalization;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>A control group with bounded memory, version 1 or 2, for a server to run in.</summary>
internal sealed class MemoryContainer : IDisposable
{
    private const string OldRoot = "/sys/fs/cgroup/memory";
    private const string Root = "/sys/fs/cgroup";
    private const int RemovalsMax = 200;

    private readonly bool _isOld = Directory.Exists(OldRoot);
    private readonly string _path;

    private MemoryContainer(long bytes)
    {
        _path = Path.Combine(_isOld ? OldRoot : Root, $"hedge-test-{Guid.NewGuid():N}");
        Directory.CreateDirectory(_path);
        string file = Path.Combine(_path, _isOld ? "memory.limit_in_bytes" : "memory.max");
        if (!File.Exists(file)) throw new IOException("the control group does not bound memory");
        File.WriteAllText(file, bytes.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>What starts a process inside.</summary>
    public IReadOnlyList<string> Launcher =>
        ["sh", "-c", $"echo $$ > {_path}/cgroup.procs && exec \"$@\"", "sh"];

    /// <summary>How many processes have been killed for want of memory.</summary>
    public int Kills
    {
        get
        {
            string file = Path.Combine(_path, _isOld ? "memory.oom_control" : "memory.events");
            string line = File.ReadLines(file)
                .First(l => l.StartsWith("oom_kill ", StringComparison.Ordinal));
            return int.Parse(line["oom_kill ".Length..], CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Makes one; the test is skipped where that is not allowed.</summary>
    public static MemoryContainer Make(long bytes)
    {
        try
        {
            return new MemoryContainer(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Assert.Ignore($"control groups cannot be made here: {e.Message}");
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = 0; i < RemovalsMax; i++)
        {
            try
            {
                Directory.Delete(_path);
                return;
            }
            catch (IOException)
            {
                // Its last process is not quite gone.
                Thread.Sleep(10);
            }
        }
    }
}
