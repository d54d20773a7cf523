using System.Runtime.InteropServices;
using Hedge.Host.Declarations;

namespace Hedge.Host.Clients;

/// <summary>
/// One client's requests in the order they came, copied into native memory behind each other: 16 bytes and
/// 4 for each argument beside the arguments' own. Owned by the client's core.
/// <code>
/// chunks   = entry*            of <see cref="ChunkBytes"/>; a longer entry has a chunk of its own
/// entry    = head, length (4 bytes) for each argument, the arguments' bytes; from a multiple of 8 on
/// </code>
/// </summary>
internal sealed unsafe class QueuedRequests : IDisposable
{
    private const int FirstChunkBytes = 4 * 1024;
    private const int ChunkBytes = 1 << 20;
    private const int Alignment = 8;

    // SAFETY: a chunk's memory has Capacity bytes, of which Used are whole entries; freed once, by FreeBefore
    // or Dispose.
    private readonly List<Chunk> _chunks = [];
    private readonly List<Command> _commands = [];
    private Request? _first;

    /// <summary>How many have been added.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of the arguments of all that have been added.</summary>
    public long ArgumentBytes { get; private set; }

    /// <summary>Bytes of native memory held.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>The flags of all commands added, together.</summary>
    public CommandFlags Flags { get; private set; }

    /// <summary>Adds a copy of a request.</summary>
    public void Add(Request request)
    {
        long arguments = request.ArgumentBytes;
        long bytes = EntryBytes(request.Count, arguments);
        if (_chunks.Count == 0 || _chunks[^1].Capacity - _chunks[^1].Used < bytes) AddChunk(bytes);
        Span<Chunk> chunks = CollectionsMarshal.AsSpan(_chunks);
        ref Chunk chunk = ref chunks[^1];
        Head* head = (Head*)(chunk.Start + chunk.Used);
        head->Arguments = request.Count;
        head->Command = IndexOf(request.Command!);
        head->Partition = request.Partition;
        head->KeyIndex = request.KeyIndex;
        request.Pack((byte*)(head + 1));
        chunk.Used += bytes;
        Count++;
        ArgumentBytes += arguments;
        Flags |= request.Command!.Spec.Flags;
        _first ??= OriginOf(request);
    }

    /// <summary>The requests, each valid until the next one is asked for.</summary>
    public Enumerator GetEnumerator() => new(this, frees: false);

    /// <summary>The requests for the last time: memory goes as they are passed.</summary>
    public Consumer Consume() => new(this);

    /// <inheritdoc/>
    public void Dispose()
    {
        FreeBefore(_chunks.Count);
        _chunks.Clear();
    }

    // All come from one client.
    private static Request OriginOf(Request request) => new()
    {
        Client = request.Client,
        OriginCore = request.OriginCore,
        OriginConnection = request.OriginConnection,
        OriginSession = request.OriginSession,
        Database = request.Database,
        Protocol = request.Protocol,
        NoTouch = request.NoTouch,
        HashEpoch = uint.MaxValue,
    };

    private static long EntryBytes(int arguments, long argumentBytes) =>
        (sizeof(Head) + Request.PackedBytes(arguments, argumentBytes) + (Alignment - 1)) & -Alignment;

    private void AddChunk(long bytes)
    {
        long last = _chunks.Count == 0 ? FirstChunkBytes / 2 : _chunks[^1].Capacity;
        long capacity = Math.Max(bytes, Math.Min(ChunkBytes, 2 * last));
        _chunks.Add(new Chunk { Start = (byte*)NativeMemory.Alloc((nuint)capacity), Capacity = capacity });
        HeldBytes += capacity;
    }

    private int IndexOf(Command command)
    {
        if (_commands.Count > 0 && ReferenceEquals(_commands[^1], command)) return _commands.Count - 1;
        int index = _commands.IndexOf(command);
        if (index >= 0) return index;
        _commands.Add(command);
        return _commands.Count - 1;
    }

    private void FreeBefore(int end)
    {
        Span<Chunk> chunks = CollectionsMarshal.AsSpan(_chunks);
        for (int i = end - 1; i >= 0 && chunks[i].Start != null; i--)
        {
            NativeMemory.Free(chunks[i].Start);
            HeldBytes -= chunks[i].Capacity;
            chunks[i] = default;
        }
    }

    private void Read(Head* head, Request into)
    {
        into.Command = _commands[head->Command];
        into.Partition = head->Partition;
        into.KeyIndex = head->KeyIndex;
        into.HashEpoch = uint.MaxValue;
        into.Program = null;
        into.Unpack((byte*)(head + 1), head->Arguments);
    }

    /// <summary>For a loop over all requests that frees them.</summary>
    internal readonly struct Consumer(QueuedRequests requests)
    {
        /// <summary>Begins.</summary>
        public Enumerator GetEnumerator() => new(requests, frees: true);
    }

    /// <summary>Goes over the requests, one object for all of them.</summary>
    internal struct Enumerator
    {
        private readonly QueuedRequests _requests;
        private readonly bool _frees;
        private int _chunk;
        private long _offset;

        /// <summary>Before the first one.</summary>
        public Enumerator(QueuedRequests requests, bool frees)
        {
            _requests = requests;
            _frees = frees;
            Current = OriginOf(requests._first ?? new Request());
        }

        /// <summary>The request stood on.</summary>
        public Request Current { get; }

        /// <summary>Another one that goes on from here, and frees nothing.</summary>
        public readonly Enumerator Ahead() =>
            new(_requests, frees: false) { _chunk = _chunk, _offset = _offset };

        /// <summary>Goes to the next one; false at the end.</summary>
        public bool MoveNext()
        {
            Span<Chunk> chunks = CollectionsMarshal.AsSpan(_requests._chunks);
            while (_chunk < chunks.Length && _offset == chunks[_chunk].Used)
            {
                _chunk++;
                _offset = 0;
                if (_frees) _requests.FreeBefore(_chunk);
            }

            if (_chunk == chunks.Length) return false;
            Head* head = (Head*)(chunks[_chunk].Start + _offset);
            _requests.Read(head, Current);
            _offset += EntryBytes(head->Arguments, Current.ArgumentBytes);
            return true;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Head
    {
        public int Arguments;
        public int Command;
        public int Partition;
        public int KeyIndex;
    }

    private struct Chunk
    {
        public byte* Start;
        public long Capacity;
        public long Used;
    }
}
