using Hedge.Storage.Cores;
using Hedge.Storage.Io;
using Hedge.Storage.Keys;
using Hedge.Storage.Loads;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Jobs;

/// <summary>
/// Writes the runs of a <see cref="BulkLoad"/>. Steps: (1) verify the file to its end, and collect the keys
/// that expire, which come first in a run; (2) read it again and write; (3) sync and open the runs.
/// </summary>
internal sealed class LoadJob(PartitionState partition, BulkLoad load) : BackgroundJob(partition)
{
    private const long BytesPerStep = 1024 * 1024;

    /// <summary>Bytes of keys that expire, for all of which there must be memory.</summary>
    private const long ExpiringBytesMax = 256L * 1024 * 1024;

    private readonly IDisk _disk = partition.Settings.Shared.Disk;
    private readonly RunWriter?[] _writers = new RunWriter?[load.Targets.Length];
    private readonly long[] _keys = new long[load.Targets.Length];
    private readonly List<(long At, ReadOnlyMemory<byte> Key)>[] _expiring =
        [.. load.Targets.Select(_ => new List<(long, ReadOnlyMemory<byte>)>())];

    private readonly byte[] _key = new byte[InternalKey.BytesMax];
    private LoadFileReader? _reader;
    private long _expiringBytes;
    private bool _isVerified;
    private bool _isWritten;

    /// <inheritdoc/>
    public override bool IsLong => true;

    private protected override bool Work()
    {
        _reader ??= new LoadFileReader(_disk, load.Path);
        if (!_isVerified) return Verify();
        if (!_isWritten) return Write();
        Finish();
        return false;
    }

    private protected override void Abandon()
    {
        load.Fail(Failure?.Message ?? "the load was cancelled");
        _reader?.Dispose();
        for (int i = 0; i < _writers.Length; i++)
        {
            LoadTarget target = load.Targets[i];
            if (target.State != LoadState.Named) continue;
            if (target.Output is { } output) Partition.Settings.Shared.Retire(output);
            target.Output?.Release();
            target.Output = null;
            target.State = LoadState.Failed;
            _writers[i]?.Dispose();
        }
    }

    private protected override void Deliver(CoreStorage core)
    {
    }

    private bool Verify()
    {
        for (long bytes = 0; bytes < BytesPerStep;)
        {
            if (!_reader!.MoveNext())
            {
                _isVerified = true;
                load.Records = _reader.Records;
                _reader.Restart();
                foreach (List<(long At, ReadOnlyMemory<byte> Key)> expiring in _expiring)
                    expiring.Sort(Compare);
                return true;
            }

            int place = load.Place(_reader.Key);
            _keys[place]++;
            bytes += _reader.Key.Length + _reader.Value.Length;
            if (_reader.ExpireAt == 0) continue;
            _expiringBytes += _reader.Key.Length + sizeof(long);
            if (_expiringBytes > ExpiringBytesMax)
                throw new LoadException(load.Path, "has too many keys that expire: load it in parts");
            _expiring[place].Add((_reader.ExpireAt, _reader.Key.ToArray()));
        }

        return true;
    }

    private bool Write()
    {
        for (long bytes = 0; bytes < BytesPerStep;)
        {
            if (!_reader!.MoveNext())
            {
                _isWritten = true;
                return true;
            }

            int place = load.Place(_reader.Key);
            RunWriter writer = _writers[place] ??= Begin(place);
            writer.Add(new RunEntry
            {
                Key = _key.AsSpan(0, InternalKey.Write(_key, load.Targets[place].Keyspace, _reader.Key)),
                Kind = RunEntryKind.Put,
                Type = (byte)RecordType.String,
                Encoding = (byte)_reader.Encoding,
                ExpireAt = _reader.ExpireAt,
                Value = _reader.Value,
                IsUnresolved = true,
            });
            bytes += _reader.Key.Length + _reader.Value.Length;
        }

        return true;
    }

    private RunWriter Begin(int place)
    {
        LoadTarget target = load.Targets[place];
        RunWriter writer = new(_disk, target.Path, target.Id, new RunWriterSettings
        {
            KeysMax = _keys[place],
            OtherFilters = target.Filters,
        });
        _writers[place] = writer;
        target.Expiring = _expiring[place].Count;
        foreach ((long at, ReadOnlyMemory<byte> key) in _expiring[place])
        {
            int length = InternalKey.WriteExpiry(_key, at, target.Keyspace, key.Span);
            writer.Add(new RunEntry { Key = _key.AsSpan(0, length) });
        }

        return writer;
    }

    private void Finish()
    {
        for (int i = 0; i < _writers.Length; i++)
        {
            if (_writers[i] is not { } writer) continue;
            LoadTarget target = load.Targets[i];
            writer.Finish();
            writer.Dispose();
            _writers[i] = null;
            _disk.SyncDirectory(target.Directory);
            target.Output = Run.Open(_disk, target.Path, target.Id);
        }

        _reader!.Dispose();
        foreach (LoadTarget target in load.Targets)
            target.State = target.Output is null ? LoadState.Done : LoadState.Written;
    }

    private static int Compare((long At, ReadOnlyMemory<byte> Key) left,
        (long At, ReadOnlyMemory<byte> Key) right) =>
        left.At != right.At ? left.At.CompareTo(right.At) : left.Key.Span.SequenceCompareTo(right.Key.Span);
}
