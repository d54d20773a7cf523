using System.Globalization;

namespace Hedge.Host.Servers;

/// <summary>
/// What the control group of this process allows, which a container sets. A group may have no more than those
/// it is in, so the least limit counts:
/// 1. /proc/self/cgroup names the group: "0::/path" in version 2, "4:memory:/path" in version 1.
/// 2. /proc/self/mountinfo says where its files are, and which group is at the top there.
/// 3. From the group upwards, memory.max and cpu.max are read (in version 1 memory.limit_in_bytes,
///    cpu.cfs_quota_us and cpu.cfs_period_us).
/// </summary>
/// <param name="MemoryBytes">The memory; null for no limit.</param>
/// <param name="Cpus">Processor time, in processors; null for no limit.</param>
internal sealed record ContainerLimits(long? MemoryBytes, double? Cpus)
{
    // Version 1 writes "no limit" as the greatest multiple of a page.
    private const long UnlimitedMin = long.MaxValue - 65_536;

    private const int MountRootField = 3;
    private const int MountPointField = 4;

    /// <summary>Those of this process; null for each that is not there or cannot be read.</summary>
    /// <param name="root">The file system's top, "/".</param>
    public static ContainerLimits Read(string root = "/")
    {
        string[] mounts = Lines(root, "proc/self/mountinfo");
        long? memory = null;
        double? cpus = null;
        foreach (string line in Lines(root, "proc/self/cgroup"))
        {
            if (line.Split(':', 3) is not [_, string controllers, string path]) continue;
            string[] names = controllers.Split(',');
            foreach (string folder in Folders(root, mounts, names, path))
            {
                if (controllers.Length == 0 || names.Contains("memory"))
                    memory = Least(memory, MemoryOf(folder));
                if (controllers.Length == 0 || names.Contains("cpu")) cpus = Least(cpus, CpusOf(folder));
            }
        }

        return new ContainerLimits(memory, cpus);
    }

    private static long? MemoryOf(string folder) =>
        Number(Path.Combine(folder, "memory.max")) ?? Number(Path.Combine(folder, "memory.limit_in_bytes"));

    private static double? CpusOf(string folder)
    {
        string[] both = Text(Path.Combine(folder, "cpu.max")).Split(' ');
        if (both.Length == 2) return Share(NumberOf(both[0]), NumberOf(both[1]));
        return Share(Number(Path.Combine(folder, "cpu.cfs_quota_us")),
            Number(Path.Combine(folder, "cpu.cfs_period_us")));
    }

    private static double? Share(long? quota, long? period) =>
        quota > 0 && period > 0 ? (double)quota / period : null;

    private static T? Least<T>(T? one, T? other)
        where T : struct, IComparable<T> =>
        one is null || (other is { } less && less.CompareTo(one.Value) < 0) ? other : one;

    // The group's folder and those above it, up to where its file system is mounted.
    private static IEnumerable<string> Folders(string root, string[] mounts, string[] names, string path)
    {
        string kind = names is [""] ? "cgroup2" : "cgroup";
        foreach (string mount in mounts)
        {
            if (mount.Split(" - ", 2) is not [string place, string what]) continue;
            string[] fields = place.Split(' ');
            string[] source = what.Split(' ');
            if (source[0] != kind || fields.Length <= MountPointField) continue;
            if (kind == "cgroup" && !source[^1].Split(',').Intersect(names).Any()) continue;
            string top = Path.Combine(root, fields[MountPointField].TrimStart('/'));
            string inside = Path.GetRelativePath(fields[MountRootField], path);
            string folder = inside.StartsWith("..", StringComparison.Ordinal) ? top
                : Path.GetFullPath(Path.Combine(top, inside));
            for (; folder.Length >= top.Length; folder = Path.GetDirectoryName(folder)!) yield return folder;
            yield break;
        }
    }

    private static long? Number(string path) => NumberOf(Text(path));

    private static long? NumberOf(string text) =>
        long.TryParse(text, CultureInfo.InvariantCulture, out long value) && value is >= 0 and < UnlimitedMin
            ? value : null;

    private static string[] Lines(string root, string path) =>
        Text(Path.Combine(root, path)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
