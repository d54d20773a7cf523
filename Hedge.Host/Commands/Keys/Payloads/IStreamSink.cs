using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>Takes what a stream's payload holds: the entries, the head, then each group, each followed by its
/// consumers, each followed by what is pending at it. The spans are valid during the call.</summary>
internal interface IStreamSink
{
    /// <summary>An entry; ids ascend. False ends the reading.</summary>
    bool TakeEntry(StreamId id, StreamItem item);

    /// <summary>What the stream says of itself.</summary>
    void TakeHead(in StreamHead head);

    /// <summary>A group. Its number means nothing.</summary>
    void TakeGroup(ReadOnlySpan<byte> name, in StreamGroup group);

    /// <summary>A consumer of the last group. Its number means nothing.</summary>
    void TakeConsumer(ReadOnlySpan<byte> name, in StreamConsumer consumer);

    /// <summary>An entry pending at the last consumer. The consumer's number in it means nothing.</summary>
    void TakePending(StreamId id, in StreamPending pending);
}
