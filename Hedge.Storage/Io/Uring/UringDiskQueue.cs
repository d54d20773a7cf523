using Hedge.Storage.Io.Disk;
using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Uring;

/// <summary>
/// A core's file operations over its ring. Each takes a slot, whose number travels as the operation's
/// index. A write with its sync is two linked entries: the kernel starts the sync only when the write wrote
/// everything, and cancels it otherwise. Both report, and the caller hears of the result once, with the
/// second report.
/// </summary>
/// <remarks>Reads into announced memory use registered buffers.</remarks>
// SAFETY: buffers are the caller's and valid until completion, as IDiskQueue demands.
internal sealed unsafe class UringDiskQueue(Ring ring) : DiskQueue
{
    /// <summary>Reads given to the kernel at once. A device's queue holds a few hundred requests (256 by
    /// default). A longer submission would block the core.</summary>
    private const int ReadsMax = 64;

    private const int ReadsPerSubmissionMin = 3;
    private const int ReadsPerSubmissionDivisor = 8;

    private readonly RegisteredBuffers _buffers = new(ring);
    private readonly Stack<int> _free = new();
    private readonly Queue<int> _waitingReads = new();
    private int _reads;
    private Slot[] _slots = new Slot[64];
    private int _used;

    /// <summary>
    /// Takes a completion of kind <see cref="TokenKind.Disk"/> or <see cref="TokenKind.DiskLinkedWrite"/>.
    /// </summary>
    /// <returns>1 when the operation is complete and its continuation has run, else 0.</returns>
    public int Complete(in CompletionEntry completion, bool isDelivered)
    {
        Token token = new(completion.UserData);
        ref Slot slot = ref _slots[token.Index];
        Invariant.Check(slot.Reports > 0, "a disk completion belongs to an operation under way");
        if (token.Kind == TokenKind.DiskLinkedWrite) slot.Written = completion.Result;
        else slot.Result = completion.Result;
        if (--slot.Reports > 0) return 0;

        int result = Outcome(slot);
        if (-result is Errno.Interrupted or Errno.Again)
        {
            Describe(token.Index, ref slot);
            return 0;
        }

        DiskOperation operation = slot.Request.Operation!;
        if (slot.Request.Work == DiskWork.Read) EndRead();
        slot = default;
        _free.Push(token.Index);
        InFlight--;
        if (isDelivered) operation.Complete(result);
        return 1;
    }

    /// <inheritdoc/>
    public override void ExpectReadsInto(byte* start) => _buffers.Add(start);

    /// <inheritdoc/>
    public override void EndReadsInto(byte* start) => _buffers.Remove(start);

    /// <inheritdoc/>
    protected override void Start(in DiskRequest request)
    {
        if (!_free.TryPop(out int number))
        {
            if (_used == _slots.Length) Array.Resize(ref _slots, _slots.Length * 2);
            number = _used++;
        }

        ref Slot slot = ref _slots[number];
        slot.Request = request;
        if (request.Work != DiskWork.Read) Describe(number, ref slot);
        else if (_reads == ReadsMax) _waitingReads.Enqueue(number);
        else StartRead(number);
    }

    private void EndRead()
    {
        _reads--;
        if (_waitingReads.TryDequeue(out int next)) StartRead(next);
    }

    // The device should not wait for the end of the turn when it could start now, least of all when it has
    // few reads. From three reads on, the kernel hands them to the device in one piece.
    private void StartRead(int number)
    {
        _reads++;
        Describe(number, ref _slots[number]);
        int enough = Math.Max(ReadsPerSubmissionMin, _reads / ReadsPerSubmissionDivisor);
        if (ring.Pending >= enough) ring.Submit();
    }

    private static int Outcome(in Slot slot)
    {
        if (slot.Request.Work != DiskWork.WriteThenSync) return slot.Result;
        // A failed or short write is the result, since the kernel has then canceled the sync.
        if (slot.Written != slot.Request.Length) return slot.Written;
        return slot.Result < 0 ? slot.Result : slot.Written;
    }

    private void Describe(int number, ref Slot slot)
    {
        ref readonly DiskRequest request = ref slot.Request;
        if (request.Work == DiskWork.WriteThenSync)
        {
            ring.Reserve(2);
            SubmissionEntry* write = Transfer(UringOpcode.Write, TokenKind.DiskLinkedWrite, number, request);
            write->Flags = EntryFlags.Link;
            DataSync(number, request);
            slot.Reports = 2;
            return;
        }

        slot.Reports = 1;
        if (request.Work == DiskWork.Sync) DataSync(number, request);
        else if (request.Work == DiskWork.Read) Read(number, request);
        else Transfer(UringOpcode.Write, TokenKind.Disk, number, request);
    }

    private void Read(int number, in DiskRequest request)
    {
        bool isRegistered = _buffers.TryFind(request.Buffer, request.Length, out ushort index);
        byte opcode = isRegistered ? UringOpcode.ReadFixed : UringOpcode.Read;
        SubmissionEntry* entry = Transfer(opcode, TokenKind.Disk, number, request);
        if (isRegistered) entry->BufferIndex = index;
    }

    private SubmissionEntry* Transfer(byte opcode, TokenKind kind, int number, in DiskRequest request)
    {
        SubmissionEntry* entry = ring.Next();
        entry->Opcode = opcode;
        entry->Descriptor = request.File!.Descriptor;
        entry->Offset = (ulong)request.Offset;
        entry->Address = (ulong)request.Buffer;
        entry->Length = (uint)request.Length;
        entry->UserData = new Token(kind, 0, number).Value;
        return entry;
    }

    private void DataSync(int number, in DiskRequest request)
    {
        SubmissionEntry* entry = ring.Next();
        entry->Opcode = UringOpcode.FileSync;
        entry->Descriptor = request.File!.Descriptor;
        entry->OperationFlags = UringBits.DataSync;
        entry->UserData = new Token(TokenKind.Disk, 0, number).Value;
    }

    private struct Slot
    {
        public DiskRequest Request;
        public int Written;
        public int Result;
        public byte Reports;
    }
}
