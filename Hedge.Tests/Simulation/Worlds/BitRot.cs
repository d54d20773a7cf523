using Hedge.Host.Settings;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>What a flipped bit may strike.</summary>
internal enum RotPlace
{
    Run,
    Log,
    Value,
    Manifest,
}

/// <summary>
/// A server has written and is gone; then one bit of its files flips, at rest. Started again it may refuse
/// to start, or answer reads with an error, but never with a wrong value.
/// </summary>
/// <remarks>A log's last record, damaged, looks like one whose write the end has cut off: with it the log
/// ends a little earlier. So for logs a few commands at the end may be missing.</remarks>
internal static class BitRot
{
    private const int CutMax = 6;

    /// <summary>What flipped bits did.</summary>
    internal enum Outcome
    {
        Harmless,
        Refused,
        Reported,
        Cut,
    }

    /// <summary>A world whose server was killed after a client's commands.</summary>
    /// <param name="seed">The world's seed.</param>
    /// <param name="restarts">True to start it once more, so that its old log is made of value files.</param>
    public static SimWorld Written(ulong seed, bool restarts = false)
    {
        SimServerOptions options =
            new() { Cores = 1, Partitions = 1, Fsync = AppendFsync.Always, MemtableBytes = 1024 };
        SimWorld world = new(seed, options) { PauseMicroseconds = 300_000 };
        SimRun run = new SimRun(seed).WithScripts(clients: 1, operations: 100, padding: 400);
        world.AddClient(run.Scripts[0].Where(action => action.Commands[0][0] is not "WATCH"));
        world.Start();
        world.Run();
        // What it does by itself afterwards is done, so that everything is durable.
        for (int i = 0; i < 500; i++) world.Step();
        world.Crash();
        if (!restarts) return world;
        world.Start();
        for (int i = 0; i < 500; i++) world.Step();
        world.Crash();
        return world;
    }

    /// <summary>Flips a bit in a copy of the world and starts its server.</summary>
    /// <param name="written">The world, which stays as it is.</param>
    /// <param name="place">Where to flip.</param>
    /// <param name="seed">Chooses the bit.</param>
    /// <param name="cover">Called with the bytes of the damaged file before and after; may make the damage
    /// pass for right.</param>
    public static Outcome Strike(SimWorld written, RotPlace place, ulong seed, Cover? cover = null)
    {
        SimSeed chance = new(seed);
        SimWorld world = written.AfterCrash(seed, written.Options);
        string[] paths = [.. Paths(world.Disk, place)];
        if (paths.Length == 0) return Outcome.Harmless;
        string path = paths[chance.Below(paths.Length)];
        byte[] bytes = world.Disk.Peek(path).ToArray();
        byte[] before = [.. bytes];
        int at = chance.Below(bytes.Length);
        bytes[at] ^= (byte)(1 << chance.Below(8));
        cover?.Invoke(path, before, bytes, at);
        world.Disk.Poke(path, 0, bytes);
        try
        {
            return Read(world, place, $"{path}, byte {at}");
        }
        finally
        {
            world.Dispose();
        }
    }

    private static Outcome Read(SimWorld world, RotPlace place, string where)
    {
        try
        {
            world.Start();
        }
        catch (IOException)
        {
            return Outcome.Refused;
        }

        int own = world.History.Count;
        world.AddClient([.. SimRun.Keys.Select(key => SimAction.Of("GET", key))]);
        world.Run();
        bool isReported = world.History.Skip(own).Any(op => op.HasFailed);
        if (Linearizer.Check(world.History) is not { } problem)
            return isReported ? Outcome.Reported : Outcome.Harmless;
        for (int cut = 1; cut <= CutMax && place == RotPlace.Log; cut++)
        {
            IEnumerable<SimOp> shorter = world.History.Where((_, i) => i < own - cut || i >= own);
            if (Linearizer.Check(shorter) is null) return Outcome.Cut;
        }

        throw new SimFailureException($"{where}: {problem}");
    }

    private static IEnumerable<string> Paths(SimDisk disk, RotPlace place) => place switch
    {
        RotPlace.Manifest => ["data/p00/MANIFEST"],
        RotPlace.Run => disk.List("data/p00").Where(name => name.EndsWith(".run", StringComparison.Ordinal))
            .Select(name => "data/p00/" + name),
        _ => disk.List("data/log")
            .Where(name => name.EndsWith(".val", StringComparison.Ordinal) == (place == RotPlace.Value))
            .Select(name => "data/log/" + name)
            .Where(path => disk.Peek(path).Length > 0),
    };

    /// <summary>Sees a damaged file before it is written back.</summary>
    internal delegate void Cover(string path, ReadOnlySpan<byte> before, Span<byte> after, int at);
}
