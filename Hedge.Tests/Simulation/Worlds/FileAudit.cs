using Hedge.Storage.Partitions;
using Hedge.Storage.Runs;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>Compares a server's files with those it uses.</summary>
internal static class FileAudit
{
    /// <summary>Fails when a server that has just been started has left a run or a value file behind that it
    /// does not use.</summary>
    public static void CheckStarted(SimWorld world)
    {
        SimDisk copy = world.Disk.Fork(1);
        foreach (Partition partition in world.Server!.Engine.Partitions)
        {
            List<string> used = [];
            foreach (Run run in partition.Runs.Newest)
                used.Add(Path.GetFileName(partition.Files.PathOf(run.Id.FileNumber)));
            Compare(copy, partition.Files.Directory, ".run", used.Count, string.Join(' ', used.Order()));
        }

        Compare(copy, "data/log", ".val", (int)world.Server.Engine.ValueLog.Files, null);
    }

    private static void Compare(SimDisk disk, string directory, string suffix, int count, string? names)
    {
        string[] found = [.. disk.List(directory)
            .Where(name => name.EndsWith(suffix, StringComparison.Ordinal)).Order()];
        string all = string.Join(' ', found);
        if (found.Length != count || all != (names ?? all))
            throw new SimFailureException($"{directory} holds [{all}], of which {count} are used: {names}");
    }
}
