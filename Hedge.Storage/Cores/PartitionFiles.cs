using System.Globalization;
using Hedge.Storage.Io;
using Hedge.Storage.Keys;
using Hedge.Storage.Lookups;
using Hedge.Storage.Manifests;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Cores;

/// <summary>
/// The files of a partition: its runs, as the manifest in force names them. Owned by the partition; made at
/// start-up.
/// </summary>
internal sealed class PartitionFiles : IDisposable
{
    private readonly int _partition;
    private ulong _nextFileNumber;

    private PartitionFiles(int partition, ManifestStore store, PartitionManifest manifest)
    {
        _partition = partition;
        Store = store;
        Manifest = manifest;
        Directory = store.DirectoryOf(partition);
        _nextFileNumber = manifest.NextFileNumber;
    }

    /// <summary>The manifest store.</summary>
    public ManifestStore Store { get; }

    /// <summary>The manifest in force.</summary>
    public PartitionManifest Manifest { get; set; }

    /// <summary>The partition's directory.</summary>
    public string Directory { get; }

    /// <summary>The runs of the manifest in force.</summary>
    public RunSet Runs { get; } = new();

    /// <summary>The file number after all that have been given out.</summary>
    public ulong NextFileNumber => _nextFileNumber;

    /// <summary>Opens the runs that the manifest names and deletes what it does not.</summary>
    /// <exception cref="IOException">A file is missing or damaged, or the disk failed.</exception>
    public static PartitionFiles Open(IDisk disk, ManifestStore store, ValueFiles values, int partition)
    {
        // A killed process may have renamed a manifest and not synced the name. What it says is taken for
        // durable from now on: the log may be deleted for it.
        disk.SyncDirectory(store.DirectoryOf(partition));
        PartitionFiles files = new(partition, store, store.Load(partition));
        List<Run> runs = [];
        try
        {
            foreach (ManifestRun run in files.Manifest.Runs)
            {
                runs.Add(Run.Open(
                    disk, files.PathOf(run.FileNumber), files.IdOf(run.FileNumber), values));
            }
        }
        catch
        {
            foreach (Run run in runs) run.Release();
            throw;
        }

        files.Runs.Replace([.. runs]);
        files.DeleteGarbage(disk);
        return files;
    }

    /// <summary>A file number never used before.</summary>
    public ulong TakeFileNumber() => _nextFileNumber++;

    /// <summary>The path of a run.</summary>
    public string PathOf(ulong fileNumber) =>
        $"{Directory}/{ManifestRun.NameOf(fileNumber)}";

    /// <summary>The name of a run.</summary>
    public RunId IdOf(ulong fileNumber) => new((uint)_partition, fileNumber);

    /// <summary>The databases as the manifest in force has them.</summary>
    public Keyspaces RestoreKeyspaces(int databases)
    {
        Keyspaces keyspaces = new(Math.Max(databases, Manifest.Databases.Length));
        keyspaces.RestoreNext(Manifest.NextKeyspace);
        for (int i = 0; i < Manifest.Databases.Length; i++)
        {
            uint id = Manifest.Databases[i];
            KeyspaceKeys keys = default;
            foreach (KeyspaceKeys count in Manifest.Keys)
                if (count.Keyspace == id) keys = count;
            keyspaces.Restore(i, id, keys.Keys, keys.Expires);
            uint nodes = id | Keyspaces.NodeBit;
            foreach (KeyspaceKeys count in Manifest.Keys)
                if (count.Keyspace == nodes) keyspaces.Count(nodes, count.Keys, 0);
        }

        for (int i = Manifest.Databases.Length; i < keyspaces.Databases; i++) keyspaces.Flush(i);
        return keyspaces;
    }

    /// <inheritdoc/>
    public void Dispose() => Runs.Release();

    private void DeleteGarbage(IDisk disk)
    {
        HashSet<ulong> named = [.. Manifest.Runs.Select(run => run.FileNumber)];
        foreach (string name in disk.List(Directory))
        {
            if (!name.EndsWith(ManifestRun.Suffix, StringComparison.Ordinal)) continue;
            if (!ulong.TryParse(name.AsSpan(0, name.Length - ManifestRun.Suffix.Length), NumberStyles.None,
                    CultureInfo.InvariantCulture, out ulong number)) continue;
            _nextFileNumber = Math.Max(_nextFileNumber, number + 1);
            if (!named.Contains(number)) disk.Delete($"{Directory}/{name}");
        }
    }
}
