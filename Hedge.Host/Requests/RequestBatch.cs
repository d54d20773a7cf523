using Hedge.Host.Clients;
using Hedge.Host.Declarations;
using Hedge.Host.Slots;
using Hedge.Resp;
using Hedge.Storage.Cores;
using Hedge.Storage.Partitions;

namespace Hedge.Host.Requests;

/// <summary>
/// The requests parsed from this turn's received bytes: all are parsed, hashed and prefetched before the
/// first is run, so that their cache misses overlap. Owned by one core.
/// </summary>
internal sealed class RequestBatch
{
    /// <summary>Most requests of one batch.</summary>
    public const int RequestsMax = 64;

    private readonly Request[] _requests = new Request[RequestsMax];
    private readonly RequestArguments _arguments = new();
    private readonly List<Connection> _connections = [];
    private readonly List<Request> _elsewhere = new(RequestsMax);
    private readonly PartitionTable _partitions;
    private readonly CoreStorage _storage;
    private readonly CommandTable _commands;
    private readonly int _core;
    private int _count;

    public RequestBatch(int core, PartitionTable partitions, CoreStorage storage, CommandTable commands)
    {
        _core = core;
        _partitions = partitions;
        _storage = storage;
        _commands = commands;
        for (int i = 0; i < _requests.Length; i++) _requests[i] = new Request();
    }

    public bool IsFull => _count == RequestsMax;

    public int Count => _count;

    /// <summary>Connections with bytes in the batch.</summary>
    public List<Connection> Connections => _connections;

    public Request this[int index] => _requests[index];

    /// <summary>Parses as many requests of the connection as the batch has room for.</summary>
    /// <returns>True when the connection's bytes hold no further complete request.</returns>
    public bool Parse(Connection connection)
    {
        while (connection.BatchParsed < connection.BatchLength)
        {
            if (IsFull) return false;
            ReadOnlySpan<byte> input = connection.NotParsed;
            ParseStatus status = connection.Parser.Parse(input, _arguments, out int consumed);
            if (status == ParseStatus.Incomplete) return true;
            if (status == ParseStatus.Error) return AddProblem(connection);
            connection.BatchParsed += consumed;
            if (_arguments.Count == 0)
            {
                if (_count == 0 || _requests[_count - 1].Client != connection) SkipEmpty(connection);
                else _requests[_count - 1].End = connection.BatchParsed;
                continue;
            }

            Request request = _requests[_count++];
            request.Client = connection;
            request.Problem = null;
            request.Progress = null;
            request.End = connection.BatchParsed;
            request.Take(_arguments, input);
            Resolve(request, connection);
        }

        return true;
    }

    /// <summary>Second step: the records' slots have arrived, so the records themselves are asked for, or
    /// else the filters of what is on disk. Third step: the filters have arrived, so the index is asked
    /// for.</summary>
    public void PrefetchRecords()
    {
        for (int i = 0; i < _count; i++)
        {
            Request request = _requests[i];
            if (request.Partition < 0) continue;
            PartitionSlot slot = _partitions[request.Partition];
            if (slot.Home != _core || slot.Holder != null) continue;
            bool isLookup = (request.Command!.Spec.Flags & CommandFlags.Write) == 0;
            if (slot.Store.PrefetchRecord(request.Hash, isLookup)) _elsewhere.Add(request);
        }

        foreach (Request request in _elsewhere)
        {
            Partition store = _partitions[request.Partition].Store;
            store.PrefetchPlace(_storage, request.Database, request.Argument(request.KeyIndex), request.Hash);
        }

        _elsewhere.Clear();
    }

    /// <summary>Empties the batch.</summary>
    public void Clear()
    {
        _count = 0;
        _connections.Clear();
    }

    /// <summary>Empties the batch of requests; the connections stay.</summary>
    public void ClearRequests() => _count = 0;

    private static void SkipEmpty(Connection connection)
    {
        // Nothing of this connection stands before it in the batch,
        // unless an earlier part of the batch was run already.
        if (connection.BatchRun < connection.BatchParsed) connection.BatchRun = connection.BatchParsed;
    }

    private bool AddProblem(Connection connection)
    {
        Request request = _requests[_count++];
        request.Client = connection;
        request.Problem = connection.Parser.ErrorText;
        request.Command = null;
        request.Partition = -1;
        request.End = connection.BatchLength;
        return true;
    }

    private void Resolve(Request request, Connection connection)
    {
        request.Partition = -1;
        request.HashEpoch = uint.MaxValue;
        Command? command = _commands.Find(request.Argument(0));
        if (command is { Subcommands.Count: > 0 } && request.Count > 1)
            command = command.FindSubcommand(request.Argument(1)) ?? command;
        request.Command = command;
        int keyIndex = command == null ? 0 : command.OnlyKeyIndex(request.Count);
        if (keyIndex == 0) return;
        ReadOnlySpan<byte> key = request.Argument(keyIndex);
        request.KeyIndex = keyIndex;
        request.Partition = _partitions.Of(key);
        request.Database = connection.Session.Database;
        PartitionSlot slot = _partitions[request.Partition];
        // Another core may be changing its partition's table at this moment.
        if (slot.Home != _core || slot.Holder != null) return;
        Partition store = slot.Store;
        request.HashEpoch = store.HashEpoch;
        request.Hash = store.Hash(request.Database, key);
        store.Prefetch(request.Hash);
    }
}
