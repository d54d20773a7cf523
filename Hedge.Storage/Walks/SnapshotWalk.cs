using Hedge.Storage.Cores;
using Hedge.Storage.Exports;
using Hedge.Storage.Keys;
using Hedge.Storage.Lookups;
using Hedge.Storage.Pages;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Walks;

/// <summary>
/// Goes through all keys of all databases as they are at one moment, with little memory, while commands go
/// on: partition by partition in each database, past the block cache.
/// </summary>
/// <param name="partition">Whose core's background thread does the work.</param>
/// <param name="snapshot">The moment. The walk releases it.</param>
/// <param name="databases">How many databases there are.</param>
public sealed class SnapshotWalk(PartitionState partition, Snapshot snapshot, int databases)
    : PartWalk<ISnapshotTaker>
{
    private const int EntriesPerStep = 4096;
    private const int ReadAheadBytes = 4 * 1024 * 1024;
    private const int WindowFactor = 16;

    private readonly EngineShared _shared = partition.Settings.Shared;
    private WindowBlocks? _blocks;
    private PageBuffer? _value;
    private SnapshotReader? _reader;
    private RunSet? _nodes;
    private OpenKey? _open;
    private int _database;
    private int _part = -1;
    private bool _isTold;
    private bool _isDisposed;

    /// <inheritdoc/>
    public override bool IsReady => snapshot.IsReady;

    /// <inheritdoc/>
    public override bool IsOpen => _reader != null;

    private protected override string? SnapshotFailure => snapshot.Failure;

    private protected override PartitionState Partition => partition;

    private protected override WindowBlocks? Blocks => _blocks;

    /// <inheritdoc/>
    public override void Park()
    {
        // It stands in the midst of a merge, so its buffers stay.
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        IsWorking = false;
        _open?.Dispose();
        _reader?.Dispose();
        _reader = null;
        _value?.Dispose();
        _blocks?.Dispose();
        snapshot.Release();
    }

    /// <inheritdoc/>
    internal override void Work(ISnapshotTaker taker)
    {
        _value ??= new PageBuffer(Page.Bytes);
        _blocks ??= new WindowBlocks(_shared.Disk, WindowFactor * (long)taker.PartBytes);
        for (int i = 0; i < EntriesPerStep && !taker.IsFull; i++)
        {
            if (_open != null)
            {
                if (!GoOn(_open, taker)) return;
                continue;
            }

            if (_reader == null && !TryOpenNext())
            {
                taker.End();
                IsOver = true;
                return;
            }

            if (_reader!.MoveNext() == CursorState.End)
            {
                _reader.Dispose();
                _reader = null;
                continue;
            }

            Give(_reader.Current, taker);
        }
    }

    // The next partition, or the first one of the next database.
    private bool TryOpenNext()
    {
        while (_database < databases)
        {
            if (++_part == snapshot.Parts.Length)
            {
                _part = -1;
                _database++;
                _isTold = false;
                continue;
            }

            SnapshotPart part = snapshot.Parts[_part];
            uint keyspace = part.Keyspaces.IdOf(_database);
            Run[] runs = [.. part.Runs.Where(run => SnapshotReader.Concerns(run, keyspace))];
            if (runs.Length == 0) continue;
            _reader = new SnapshotReader(_shared.Disk, runs, keyspace, snapshot.NowMilliseconds,
                RunScanner.ShareOf(ReadAheadBytes, runs.Length));
            _nodes = NodeSource.RunsOf(part, keyspace | Keyspaces.NodeBit);
            return true;
        }

        return false;
    }

    private void Give(in RunEntry entry, ISnapshotTaker taker)
    {
        ReadOnlySpan<byte> value = entry.Value;
        if (entry.IsReference)
        {
            ValueReference reference = ValueReference.Read(entry.Value);
            value = ValueReader.Read(_shared.Disk, _shared.Values[reference.File], reference, _value!);
        }

        if (!_isTold) taker.TakeDatabase(_database);
        _isTold = true;
        if ((RecordType)entry.Type == RecordType.String)
        {
            taker.TakeString(entry.Key, entry.ExpireAt, value);
            return;
        }

        uint keyspace = snapshot.Parts[_part].Keyspaces.IdOf(_database) | Keyspaces.NodeBit;
        byte[] root = value.ToArray();
        var source = new NodeSource(_shared, _nodes!, root, keyspace, _blocks!);
        var type = (RecordType)entry.Type;
        _open = new OpenKey(source, type, root, ElementReaders.CountOf(source, type));
        _open.PassesLeft = taker.BeginCollection(entry.Key, type, entry.ExpireAt, _open.Count);
    }

    // False when something must be read first.
    private bool GoOn(OpenKey key, ISnapshotTaker taker)
    {
        switch (key.Next(taker))
        {
            case ReaderStep.Given: return true;
            case ReaderStep.NeedsReads: return false;
        }

        key.CheckCount();
        taker.EndPass();
        if (--key.PassesLeft > 0)
        {
            key.Restart();
            return true;
        }

        key.Dispose();
        _open = null;
        return true;
    }

    // A collection whose elements are being given.
    private sealed class OpenKey(NodeSource source, RecordType type, byte[] root, long count) : IDisposable
    {
        private ElementReader? _elements;

        public long Count => count;

        public int PassesLeft { get; set; }

        public ReaderStep Next(ISnapshotTaker taker)
        {
            _elements ??= ElementReaders.Open(source, type, root, new ElementStretch(0, count), lastNode: 0);
            return _elements.Next(taker);
        }

        public void CheckCount()
        {
            if (_elements!.Given != count)
                throw source.Damaged("a collection has another number of elements than its root says");
        }

        public void Restart() => Dispose();

        public void Dispose()
        {
            _elements?.Dispose();
            _elements = null;
        }
    }
}
