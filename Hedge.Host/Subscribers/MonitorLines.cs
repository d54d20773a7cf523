using Hedge.Host.Mailboxes;

namespace Hedge.Host.Subscribers;

/// <summary>Lines on their way to another core's monitors.</summary>
internal sealed class MonitorLines(ReadOnlyMemory<byte> lines) : ControlMessage
{
    public ReadOnlyMemory<byte> Lines => lines;
}
