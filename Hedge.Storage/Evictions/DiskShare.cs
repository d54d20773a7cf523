using Hedge.Storage.DiskLimits;
using Hedge.Storage.Keys;
using Hedge.Storage.Manifests;
using Hedge.Storage.Memtables;
using Hedge.Storage.Runs;
using Hedge.Storage.Stores;
using Hedge.Storage.Values;

namespace Hedge.Storage.Evictions;

/// <summary>Estimates what a partition needs on disk, for <see cref="DiskLimit"/>. Owned by the
/// partition.</summary>
/// <remarks>
/// The runs' own numbers give what an entry takes on average, with its part of filter, index and rest of
/// pages. That times the numbers of keys, which are exact but for blind writes not resolved yet, and of nodes
/// is what is live: now, by the partition's counts, and in the runs, by the manifest's.
/// </remarks>
internal sealed class DiskShare(KeyStore partition)
{
    private int _version = -1;
    private PartitionManifest? _manifest;
    private long _files;
    private long _referred;
    private double _indexBytes;
    private bool _isMerged;
    private long _rest;
    private long _flushedLive;

    /// <summary>Bytes of an average key with its value.</summary>
    public double EntryBytes { get; private set; }

    /// <summary>Tells the limit what the partition needs now.</summary>
    public void Tell()
    {
        bool isKnown = _version == partition.Runs.Version;
        if (!isKnown || !ReferenceEquals(_manifest, partition.Files.Manifest)) Learn();
        long records = partition.Memory.Active.Records.Count;
        long unflushed = partition.Memory.Active.Bytes;
        foreach (Generation generation in partition.Memory.Frozen)
        {
            if (generation.IsReleasing) continue;
            records += generation.Records.Count;
            unflushed += generation.Bytes;
        }

        long data = _files + _referred;
        if (data == 0) EntryBytes = records == 0 ? 0 : (double)unflushed / records;
        double live = 0;
        for (int i = 0; i < partition.Keyspaces.Databases; i++)
        {
            long entries = partition.Count(i) + Math.Max(0, partition.Keyspaces.Nodes(i));
            live += (entries * EntryBytes) + (partition.ExpiresCount(i) * _indexBytes);
        }

        partition.Settings.Shared.DiskLimit.Tell(partition.Index, new DiskNeeds
        {
            Files = _files,
            Referred = _referred,
            Unflushed = unflushed,
            Live = (long)Math.Min(live, data + unflushed),
            Dead = Math.Max(0, data - _flushedLive - _rest),
        });
    }

    /// <summary>All runs have been merged: what now seems dead is an error of the estimate.</summary>
    public void MergedAll() => _isMerged = true;

    private void Learn()
    {
        _version = partition.Runs.Version;
        _manifest = partition.Files.Manifest;
        double puts = 0, index = 0, indexKeyBytes = 0, valueBytes = 0, entryBytes = 0;
        long files = 0, referred = 0;
        foreach (Run run in partition.Runs.Newest)
        {
            RunInfo info = run.Info;
            bool hasIndex = info.Keyspaces.Length > 0
                && info.Keyspaces[0].Keyspace == InternalKey.ExpiryKeyspace;
            long expiring = hasIndex ? info.Keyspaces[0].Puts : 0;
            // Of tombstones and index entries only the number is known: they are taken to be as long as the
            // run's last key.
            double keyBytes = info.MaxKey.Length;
            double indexBytes = keyBytes + InternalKey.ExpiryPrefixBytes - InternalKey.PrefixBytes;
            puts += info.Puts - expiring;
            index += expiring;
            indexKeyBytes += expiring * indexBytes;
            entryBytes += info.EntryBytes;
            valueBytes += Math.Max(0,
                info.EntryBytes - (info.Tombstones * keyBytes) - (expiring * indexBytes));
            files += info.FileBytes;
            foreach (ValueFileUse use in info.Values) referred += use.Bytes;
        }

        _files = files;
        _referred = referred;
        double scale = entryBytes == 0 ? 1 : files / entryBytes;
        EntryBytes = puts == 0 ? 0 : ((valueBytes * scale) + referred) / puts;
        _indexBytes = index == 0 ? 0 : indexKeyBytes / index * scale;
        double live = 0;
        foreach (KeyspaceKeys keys in _manifest.Keys)
        {
            if (_manifest.Databases.Contains(keys.Keyspace & ~Keyspaces.NodeBit))
                live += Math.Max(0, keys.Keys * EntryBytes) + Math.Max(0, keys.Expires * _indexBytes);
        }

        _flushedLive = (long)live;
        if (_isMerged) _rest = Math.Max(0, files + referred - _flushedLive);
        _isMerged = false;
    }
}
