#pragma warning disable CA1822
using Hedge.Storage.Io;
using Hedge.Storage.Partitions;

namespace Hedge.Storage;

/// <summary>The storage engine: the partitions of one data directory and what the cores need to work on them.</summary>
public sealed class Engine : IDisposable
{
    private readonly Partition[] _partitions;

    private Engine(EngineOptions options)
    {
        Options = options;
        _partitions = new Partition[options.Partitions];
        for (int i = 0; i < _partitions.Length; i++) _partitions[i] = new Partition(i, options.Databases);
    }

    /// <summary>The options it was opened with.</summary>
    public EngineOptions Options { get; }

    /// <summary>The partitions by number. Whoever holds one may use it.</summary>
    public IReadOnlyList<Partition> Partitions => _partitions;

    /// <summary>Opens the data directory, recovering what the logs hold.</summary>
    public static Engine Open(EngineOptions options, IDisk disk, IClock clock, ISeed seed)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(seed);
        return new Engine(options);
    }

    /// <summary>Makes a core's services; called once per core, on its thread, before any other use.</summary>
    public CoreStorage CreateCore(int core, IDiskQueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        return new CoreStorage(core);
    }

    /// <summary>Frees all memory. No core may be running.</summary>
    public void Dispose()
    {
        foreach (Partition partition in _partitions) partition.Close();
    }
}
