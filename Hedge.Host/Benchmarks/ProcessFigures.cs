using System.Globalization;

namespace Hedge.Host.Benchmarks;

/// <summary>What the kernel says of this process at one moment (/proc/self).</summary>
/// <param name="ReadBytes">Bytes that came from the storage device.</param>
/// <param name="WrittenBytes">Bytes that went, or will go, to it.</param>
/// <param name="CpuMilliseconds">Processor time of all threads there have been.</param>
internal sealed record ProcessFigures(long ReadBytes, long WrittenBytes, double CpuMilliseconds)
{
    private const string Unknown = "other threads";

    /// <summary>Processor time of the live threads by group, in milliseconds.</summary>
    public required IReadOnlyDictionary<string, double> ThreadMilliseconds { get; init; }

    /// <summary>Takes them down.</summary>
    public static ProcessFigures Take()
    {
        string[] io = ReadLines("/proc/self/io");
        return new ProcessFigures(Field(io, "read_bytes:"), Field(io, "write_bytes:"),
            Environment.CpuUsage.TotalTime.TotalMilliseconds)
        {
            ThreadMilliseconds = Threads(),
        };
    }

    /// <summary>Resident memory in bytes: now (VmRSS) and at most (VmHWM).</summary>
    public static (long Now, long Peak) Resident()
    {
        string[] status = ReadLines("/proc/self/status");
        return (Field(status, "VmRSS:") * 1024, Field(status, "VmHWM:") * 1024);
    }

    /// <summary>Bytes of all files in a directory and below; what is deleted meanwhile counts for
    /// nothing.</summary>
    public static long DirectoryBytes(string directory)
    {
        long bytes = 0;
        try
        {
            var root = new DirectoryInfo(directory);
            foreach (FileInfo file in root.EnumerateFiles("*", SearchOption.AllDirectories))
                if (file.Exists) bytes += file.Length;
        }
        catch (IOException)
        {
            // A directory that is being changed; the next look will do.
        }

        return bytes;
    }

    private static Dictionary<string, double> Threads()
    {
        var groups = new Dictionary<string, double>();
        foreach (string folder in Directory.GetDirectories("/proc/self/task"))
        {
            string[] time = ReadLines($"{folder}/schedstat");
            string[] name = ReadLines($"{folder}/comm");
            if (time.Length == 0 || name.Length == 0) continue;
            string group = name[0] switch
            {
                var n when n.StartsWith("hedge-core", StringComparison.Ordinal) => "cores",
                var n when n.StartsWith("hedge-job", StringComparison.Ordinal) => "flush and compaction",
                var n when n.StartsWith("iou-", StringComparison.Ordinal) => "io_uring workers",
                _ => Unknown,
            };
            double milliseconds =
                long.Parse(time[0].Split(' ')[0], CultureInfo.InvariantCulture) / 1e6;
            groups[group] = groups.GetValueOrDefault(group) + milliseconds;
        }

        return groups;
    }

    private static long Field(string[] lines, string name)
    {
        string? line = Array.Find(lines, l => l.StartsWith(name, StringComparison.Ordinal));
        if (line is null) return 0;
        string number = line[name.Length..].Trim().Split(' ')[0];
        return long.Parse(number, CultureInfo.InvariantCulture);
    }

    // Threads end, and containers hide some of these files.
    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
