namespace Hedge.Tests.Tidy;

/// <summary>
/// Exceptions to the rules of <see cref="SourceRulesTests"/>: the file and why it may.
/// One that nothing needs any more fails.
/// </summary>
internal static class ReviewedExceptions
{
    private const string Kernel = "the interface to the kernel: pointers are what it takes";
    private const string Libraries = "the interface to the system's compression libraries";
    private const string LogBuffers =
        "log records are encoded into native buffers that the kernel writes from";
    private const string Records =
        "records are in native memory, for which the allocator and the table keep the bounds";
    private const string Pages = "pages and blocks are aligned native memory, as direct file access needs it";
    private const string Dispatch = "commands are called by function pointer";
    private const string Mailboxes =
        "requests and mailboxes between cores are native memory, copied without allocation";
    private const string Portable =
        "the portable mode: ordinary file I/O and sockets on the thread pool, behind ICoreIo";

    public static Dictionary<string, string> BannedApis { get; } = new()
    {
        ["Hedge.Storage/Io/Portable/PortableDiskQueue.cs"] = Portable,
        ["Hedge.Storage/Io/Portable/PortableEvents.cs"] = Portable,
        ["Hedge.Storage/Io/Portable/PipedSocket.cs"] = Portable,
        ["Hedge.Storage/Io/Portable/PortableListener.cs"] = Portable,
        ["Hedge.Storage/Io/Services/SystemSeed.cs"] = "this is where chance comes from: the real ISeed",
        ["Hedge.Host/Cores/Checkpoints.cs"] =
            "the state of a checkpoint is read by every core, and changes twice in its life",
    };

    public static Dictionary<string, string> Unsafe { get; } = new()
    {
        ["Hedge.Storage/Io/Compressions/BlockCodec.cs"] = Libraries,
        ["Hedge.Storage/Io/AlignedBuffer.cs"] = Kernel,
        ["Hedge.Host/Tools/Imports/MappedFile.cs"] = Kernel,
        ["Hedge.Storage/Io/SharedMapping.cs"] = Kernel,
        ["Hedge.Storage/Io/Disk/PosixMapping.cs"] = Kernel,
        ["Hedge.Storage/Io/Compressions/CompressionLibrary.cs"] = Libraries,
        ["Hedge.Storage/Io/Disk/DiskQueue.cs"] = Kernel,
        ["Hedge.Storage/Io/Disk/PosixDisk.cs"] = Kernel,
        ["Hedge.Storage/Io/Disk/PosixFolder.cs"] = Kernel,
        ["Hedge.Storage/Io/Disk/Transfers.cs"] = Kernel,
        ["Hedge.Storage/Io/Services/HugePages.cs"] = Kernel,
        ["Hedge.Storage/Io/IDiskQueue.cs"] = Kernel,
        ["Hedge.Storage/Io/ITransport.cs"] = Kernel,
        ["Hedge.Storage/Io/IgnoringHandler.cs"] = Kernel,
        ["Hedge.Storage/Io/Kernel/FileIdentity.cs"] = Kernel,
        ["Hedge.Storage/Io/Kernel/KernelLayout.cs"] = Kernel,
        ["Hedge.Storage/Io/Kernel/Libc.cs"] = Kernel,
        ["Hedge.Storage/Io/Kernel/SocketAddress.cs"] = Kernel,
        ["Hedge.Storage/Io/Kernel/Sockets.cs"] = Kernel,
        ["Hedge.Storage/Io/Kernel/UringCalls.cs"] = Kernel,
        ["Hedge.Storage/Io/Services/MappedMemory.cs"] = Kernel,
        ["Hedge.Storage/Io/OutputBuffer.cs"] = Kernel,
        ["Hedge.Storage/Io/Portable/PortableConnection.cs"] = Kernel,
        ["Hedge.Storage/Io/Portable/PortableDiskQueue.cs"] = Kernel,
        ["Hedge.Storage/Io/Services/ProcessLimits.cs"] = Kernel,
        ["Hedge.Storage/Io/Services/SystemClock.cs"] = Kernel,
        ["Hedge.Storage/Io/Tls/OpenSsl.cs"] = Kernel,
        ["Hedge.Storage/Io/Tls/PlainMemory.cs"] = Kernel,
        ["Hedge.Storage/Io/Tls/TlsContext.cs"] = Kernel,
        ["Hedge.Storage/Io/Tls/TlsSession.cs"] = Kernel,
        ["Hedge.Storage/Io/Tls/TlsTransport.cs"] = Kernel,
        ["Hedge.Storage/Io/Uring/ProvidedBufferRing.cs"] = Kernel,
        ["Hedge.Storage/Io/Uring/RegisteredBuffers.cs"] = Kernel,
        ["Hedge.Storage/Io/Uring/Ring.cs"] = Kernel,
        ["Hedge.Storage/Io/Uring/UringAcceptedSocket.cs"] = Kernel,
        ["Hedge.Storage/Io/Uring/UringDiskQueue.cs"] = Kernel,
        ["Hedge.Storage/Io/Uring/UringListeners.cs"] = Kernel,
        ["Hedge.Storage/Io/Uring/UringProbe.cs"] = Kernel,
        ["Hedge.Storage/Io/Uring/UringReceiver.cs"] = Kernel,
        ["Hedge.Storage/Io/Uring/UringSender.cs"] = Kernel,
        ["Hedge.Storage/Io/Uring/UringTransport.cs"] = Kernel,
        ["Hedge.Storage/Io/Uring/WakeDescriptor.cs"] = Kernel,
        ["Hedge.Storage/Memtables/GenerationEntries.cs"] = Records,
        ["Hedge.Storage/Memtables/GenerationSource.cs"] = Records,
        ["Hedge.Storage/Logs/LogBuffer.cs"] = LogBuffers,
        ["Hedge.Storage/Logs/LogStage.cs"] = LogBuffers,
        ["Hedge.Storage/Logs/LogFlusher.cs"] = LogBuffers,
        ["Hedge.Storage/Logs/LogFormat.cs"] = LogBuffers,
        ["Hedge.Storage/Logs/LogRecordBuilder.cs"] = LogBuffers,
        ["Hedge.Storage/Jobs/BulkLoader.cs"] = Records,
        ["Hedge.Storage/Stores/DiskLookup.cs"] = Records,
        ["Hedge.Storage/Counts/UnresolvedKeys.cs"] = Records,
        ["Hedge.Storage/Cores/MemoryReclaimer.cs"] = Records,
        ["Hedge.Storage/Records/IRecordVisitor.cs"] = Records,
        ["Hedge.Storage/Expiries/Expirer.cs"] = Records,
        ["Hedge.Storage/Memtables/Generation.cs"] = Records,
        ["Hedge.Storage/Evictions/KeyEvictor.cs"] = Records,
        ["Hedge.Storage/Stores/KeyStore.cs"] = Records,
        ["Hedge.Storage/Stores/PartitionWriter.cs"] = Records,
        ["Hedge.Storage/Scans/RandomKeys.cs"] = Records,
        ["Hedge.Storage/Stores/RangeRemoval.cs"] = Records,
        ["Hedge.Storage/Stores/NodeWriter.cs"] = Records,
        ["Hedge.Storage/Stores/OpenCollection.cs"] = Records,
        ["Hedge.Storage/Memtables/BuriedNodes.cs"] = Records,
        ["Hedge.Storage/Memtables/RecordSplice.cs"] = Records,
        ["Hedge.Storage/Memtables/RecordList.cs"] = Records,
        ["Hedge.Storage/Memtables/RecordMemory.cs"] = Records,
        ["Hedge.Storage/Memtables/RecordPins.cs"] = Records,
        ["Hedge.Storage/Evictions/ResidentSample.cs"] = Records,
        ["Hedge.Storage/Memtables/SortedRecords.cs"] = Records,
        ["Hedge.Storage/Expiries/ExpiryAverages.cs"] = Records,
        ["Hedge.Storage/Records/ChunkArena.cs"] = Records,
        ["Hedge.Storage/Records/Record.cs"] = Records,
        ["Hedge.Storage/Records/RecordAllocator.cs"] = Records,
        ["Hedge.Storage/Records/RecordKeys.cs"] = Records,
        ["Hedge.Storage/Records/RecordSorter.cs"] = Records,
        ["Hedge.Storage/Records/RecordTable.cs"] = Records,
        ["Hedge.Storage/Recoveries/PartitionReplay.cs"] = Records,
        ["Hedge.Storage/Caches/BlockLoad.cs"] = Pages,
        ["Hedge.Storage/Pages/WholeRead.cs"] = Pages,
        ["Hedge.Storage/Walks/WindowReads.cs"] = Pages,
        ["Hedge.Storage/Filters/FilterProbe.cs"] = Pages,
        ["Hedge.Storage/Pages/PageArena.cs"] = Pages,
        ["Hedge.Storage/Pages/PageBuffer.cs"] = Pages,
        ["Hedge.Storage/Runs/RunIndex.cs"] = Pages,
        ["Hedge.Storage/Runs/SeparatorPrefixes.cs"] = Pages,
        ["Hedge.Host/Declarations/Command.cs"] = Dispatch,
        ["Hedge.Host/Commands/AllCommands.cs"] = Dispatch,
        ["Hedge.Host/Commands/CommandContext.cs"] = Dispatch,
        ["Hedge.Host/Clients/Connection.cs"] = Mailboxes,
        ["Hedge.Host/Requests/RequestReceiver.cs"] = Mailboxes,
        ["Hedge.Host/Cores/MailReceiver.cs"] = Mailboxes,
        ["Hedge.Host/Mailboxes/CoreState.cs"] = Mailboxes,
        ["Hedge.Host/Clients/InputBuffer.cs"] = Mailboxes,
        ["Hedge.Host/Mailboxes/Mailbox.cs"] = Mailboxes,
        ["Hedge.Host/Mailboxes/Messages.cs"] = Mailboxes,
        ["Hedge.Host/Mailboxes/Outbox.cs"] = Mailboxes,
        ["Hedge.Host/Clients/QueuedRequests.cs"] = Mailboxes,
        ["Hedge.Host/Clients/Request.cs"] = Mailboxes,
    };
}
