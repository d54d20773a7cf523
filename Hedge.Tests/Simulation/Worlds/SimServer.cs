using Hedge.Host.Commands;
using Hedge.Host.Commands.Scripting;
using Hedge.Host.Cores;
using Hedge.Host.Declarations;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Host.Slots;
using Hedge.Storage.Compactions;
using Hedge.Storage.Cores;
using Hedge.Storage.Engines;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Tests.Blocking;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>How a simulated server is built.</summary>
internal sealed record SimServerOptions
{
    public int Cores { get; init; } = 2;

    public AppendFsync Fsync { get; init; } = AppendFsync.EverySec;

    public int Partitions { get; init; } = 4;

    public long MemtableBytes { get; init; } = 2048;

    /// <summary>False to have runs that are as large as what they hold: nothing is compressed, no value
    /// stands elsewhere.</summary>
    public bool ShrinksRuns { get; init; } = true;

    /// <summary>How the logs are kept.</summary>
    public LogSettings Log { get; init; } =
        new() { SegmentBytes = 16 * 1024, StageSlots = 2, StageSlotBytes = 8 * 1024 };

    /// <summary>notify-keyspace-events.</summary>
    public KeyspaceEvents Events { get; init; }

    /// <summary>What each core's block cache may take.</summary>
    public long BlockCacheBytes { get; init; } = 1 << 20;

    /// <summary>proto-max-bulk-len.</summary>
    public long BulkBytesMax { get; init; } = 512 << 20;

    /// <summary>Keys that KEYS visits itself at most; -1 for the server's own.</summary>
    public long KeysVisitedMax { get; init; } = -1;

    /// <summary>collection-node-bytes.</summary>
    public int NodeBytes { get; init; } = 1024;

    /// <summary>From how many bytes of nodes on a reply is sent as it is read; -1 for the server's
    /// own.</summary>
    public long BigReplyBytes { get; init; } = -1;

    /// <summary>How long the parts of such a reply are; -1 for the server's own.</summary>
    public int BigReplyPartBytes { get; init; } = -1;

    /// <summary>What a command in a transaction may show; -1 for the server's own.</summary>
    public long ReplyInTransactionBytes { get; init; } = -1;

    /// <summary>busy-reply-threshold; -1 for the server's own.</summary>
    public int BusyMilliseconds { get; init; } = -1;

    /// <summary>Commands of a transaction in a turn; null for the server's own.</summary>
    public int? CommandsPerTurn { get; init; }

    public int MailboxBytes { get; init; } = 64 * 1024;

    /// <summary>Stands between the server and its disk; the same disk when null.</summary>
    public Func<IDisk, IDisk>? WrapDisk { get; init; }

    /// <summary>Whether some starts find the disk full, so that old logs stay.</summary>
    public bool MayStartFull { get; init; }

    /// <summary>Whether there are the commands that tests have (TEST.PUSH, TEST.TAKE, TEST.HALF).</summary>
    public bool HasTestCommands { get; init; }

    /// <summary>Makes the partitions' slots; the usual ones when null.</summary>
    public Func<Partition, int, CursorTable, PartitionSlot>? MakeSlot { get; init; }

    /// <summary>Stands between a core and its disk queue.</summary>
    public Func<IDiskQueue, IDiskQueue>? WrapQueue { get; init; }
}

/// <summary>The whole server on a simulated disk and clock. Its cores are stepped by a world.</summary>
internal sealed class SimServer
{
    private static readonly Type[] TestCommands =
        [typeof(PushCommand), typeof(TakeCommand), typeof(HalfCommand)];

    // The least that the engine is opened with.
    private const long BlockCacheBytesMin = 1 << 20;

    private readonly Engine _engine;
    private readonly long _blockCacheBytes;

    /// <summary>Starts: opens the data directory, recovers, builds the cores.</summary>
    public SimServer(SimDisk disk, SimClock clock, SimSeed seed, SimServerOptions options)
    {
        _blockCacheBytes = options.BlockCacheBytes;
        IDisk shown = options.WrapDisk?.Invoke(disk) ?? disk;
        SettingStore settings = SettingsOf(options, seed);
        EngineOptions engineOptions = OptionsOf(options, settings.Current);
        _engine = Engine.Open(engineOptions, shown, clock, seed);
        CoreGroup? group = null;
        try
        {
            List<PartitionSlot> slots = [];
            foreach (Partition partition in _engine.Partitions)
            {
                CursorTable cursors = new(partition.Index, _engine.Partitions.Count, seed.Split());
                int home = partition.Index % options.Cores;
                slots.Add(options.MakeSlot?.Invoke(partition, home, cursors)
                    ?? new PartitionSlot(partition, home, cursors));
            }

            Server server = new(AllCommands.Table(options.HasTestCommands ? TestCommands : []), settings)
            {
                IoName = "simulation",
                PartitionCount = slots.Count,
            };
            server.Listeners.Open(address => new SimListeningSocket(address), server.Settings.Current);
            Group = group = new CoreGroup(server, options.Cores, slots, options.MailboxBytes);
            group.Table.CommandsPerTurn = options.CommandsPerTurn ?? group.Table.CommandsPerTurn;
            Audit = new HoldAudit(group);
            server.Clients = new ConnectedClients(group);
            server.Checkpoints = new Checkpoints(_engine, clock, server);
            server.StartLoad = (database, path) =>
                _engine.BeginLoad(database, TransferPath.At(path.Name), group.Table.Of);
            server.StartExport = (core, database, path) =>
                _engine.BeginExport(core, database, TransferPath.At(path.Name));
            server.StartBackup = _engine.BeginBackup;
            server.StartListing = _engine.BeginListing;
            server.StartWalk = _engine.BeginWalk;
            FunctionPayload.Open(server, _engine);
            if (options.KeysVisitedMax >= 0) server.KeysVisitedMax = options.KeysVisitedMax;
            if (options.BigReplyBytes >= 0) server.BigReplyBytes = options.BigReplyBytes;
            if (options.BigReplyPartBytes >= 0) server.BigReplyPartBytes = options.BigReplyPartBytes;
            server.ReplyInTransactionBytes = options.ReplyInTransactionBytes;
            server.IsListing = () => _engine.IsListing;
            server.StartedMilliseconds = clock.UnixMilliseconds;
            for (int i = 0; i < options.Cores; i++) Cores.Add(Build(disk, clock, seed, i, options));
        }
        catch
        {
            foreach (SimCore core in Cores) core.Dispose(isCrash: true);
            Try(_engine.Dispose);
            group?.Dispose();
            throw;
        }
    }

    public Engine Engine => _engine;

    public CoreGroup Group { get; }

    public List<SimCore> Cores { get; } = [];

    /// <summary>Watches that only holders write to partitions.</summary>
    public HoldAudit Audit { get; }

    /// <summary>Drops the records of a partition that are also on disk, and all cached blocks,
    /// so that they have to be read again.</summary>
    public void Forget(int partition)
    {
        if (Group.Partitions[partition].Holder == null) _engine.Partitions[partition].Reclaimer.DropAll();
        foreach (SimCore core in Cores)
        {
            core.Loop.Storage.Blocks.Cache.BytesMax = 1;
            core.Loop.Storage.Blocks.Cache.BytesMax = _blockCacheBytes;
        }
    }

    /// <summary>Shuts down in order. False when it does not come to an end.</summary>
    public bool Close(SimClock clock)
    {
        foreach (SimCore core in Cores) core.Rouse();
        foreach (SimCore core in Cores) core.Loop.BeginClose();
        bool more = true;
        for (int i = 0; i < 100_000 && more; i++)
        {
            more = false;
            foreach (SimCore core in Cores) more |= core.CloseTurn();
            clock.Advance(50);
        }

        Dispose(isCrash: false);
        return !more;
    }

    /// <summary>Frees everything, whatever is under way.</summary>
    public void Dispose(bool isCrash)
    {
        foreach (SimCore core in Cores) core.Dispose(isCrash);
        Try(_engine.Dispose);
        Group.Dispose();
    }

    /// <summary>Does what a power failure may interrupt.</summary>
    public static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (SimCrashException)
        {
            // The disk is down; what the action wanted of it is gone anyway.
        }
    }

    private static EngineOptions OptionsOf(SimServerOptions options, ServerSettings settings) => new()
    {
        Directory = "data",
        Cores = options.Cores,
        Partitions = options.Partitions,
        Databases = 2,
        CacheBytes = 1 << 20,
        BlockCacheBytes = BlockCacheBytesMin,
        MemtableBytes = options.MemtableBytes,
        NodeBytes = options.NodeBytes,
        Compression = settings.Compression,
        CompressionUpper = settings.CompressionUpper,
        ValueLogThreshold = settings.ValueLogThreshold,
        Log = options.Log,
        LogBytes = 64 * 1024,
        Compaction = new CompactionOptions
        {
            RunsMin = 2,
            CleanRunsMin = 2,
            CleanGrowthPercent = 250,
            SmallBytes = 4096,
        },
    };

    private static SettingStore SettingsOf(SimServerOptions options, SimSeed seed)
    {
        object[] values = ServerSettings.Defaults.CopyValues();
        values[SettingDeclarations.Cores.Index] = (long)options.Cores;
        values[SettingDeclarations.AppendFsync.Index] = options.Fsync;
        values[SettingDeclarations.Databases.Index] = 2L;
        values[SettingDeclarations.NotifyKeyspaceEvents.Index] = options.Events;
        values[SettingDeclarations.ProtoMaxBulkLength.Index] = options.BulkBytesMax;
        values[AccessDeclarations.DebugCommand.Index] = Permission.Yes;
        if (options.BusyMilliseconds >= 0)
            values[SettingDeclarations.BusyReplyThreshold.Index] = (long)options.BusyMilliseconds;
        // In the log from 32 bytes on, or in the runs, where they compress.
        values[SettingDeclarations.ValueLogThreshold.Index] =
            !options.ShrinksRuns ? 0L : seed.Chance(0.5) ? 32L : 1024L;
        if (options.ShrinksRuns)
        {
            values[SettingDeclarations.Compression.Index] = SimCompression.Pick(seed);
            values[SettingDeclarations.CompressionUpper.Index] = SimCompression.Pick(seed);
        }

        return new SettingStore(new ServerSettings(values), null);
    }

    private SimCore Build(SimDisk disk, SimClock clock, SimSeed seed, int index, SimServerOptions options)
    {
        SimDiskQueue queue = disk.CreateQueue();
        IDiskQueue shown = options.WrapQueue?.Invoke(queue) ?? queue;
        SimCoreIo io = new(clock, queue, shown, seed.Split());
        SyncPolicy policy = StorageSettings.PolicyOf(Group.Server.Settings.Current);
        CoreStorage storage = _engine.CreateCore(index, shown, seed.Split(), policy, null);
        storage.Blocks.Cache.BytesMax = options.BlockCacheBytes;
        JobWorker worker = new();
        worker.Serve(storage.LogPool, io.Wake);
        return new SimCore(
            new CoreLoop(Group, index, io, storage, clock, seed.Split(), worker), io, worker, clock);
    }
}
