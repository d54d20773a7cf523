using System.Buffers;

namespace Hedge.Host.Commands.Streams;

/// <summary>What is replied when there is no such group.</summary>
internal static class GroupErrors
{
    /// <summary>Of XPENDING, XCLAIM and XAUTOCLAIM.</summary>
    public static void NoKeyOrGroup(CommandContext context, ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> group) =>
        Reply(context, "NOGROUP No such key '"u8, key, "' or consumer group '"u8, group, "'"u8);

    /// <summary>Of XREADGROUP.</summary>
    public static void NothingToRead(CommandContext context, ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> group) =>
        Reply(context, "NOGROUP No such key '"u8, key, "' or consumer group '"u8, group,
            "' in XREADGROUP with GROUP option"u8);

    /// <summary>Of XGROUP and XINFO.</summary>
    public static void NoGroup(CommandContext context, ReadOnlySpan<byte> key, ReadOnlySpan<byte> group) =>
        Reply(context, "NOGROUP No such consumer group '"u8, group, "' for key name '"u8, key, "'"u8);

    /// <summary>Of XCLAIM, for an option that it does not have.</summary>
    public static void NoOption(CommandContext context, ReadOnlySpan<byte> word) =>
        Reply(context, "ERR Unrecognized XCLAIM option '"u8, word, "'"u8, default, default);

    // Words are quoted up to their first zero byte.
    private static void Reply(CommandContext context, ReadOnlySpan<byte> start, ReadOnlySpan<byte> first,
        ReadOnlySpan<byte> middle, ReadOnlySpan<byte> second, ReadOnlySpan<byte> end)
    {
        ArrayBufferWriter<byte> text = new();
        text.Write(start);
        text.Write(StreamIds.Word(first));
        text.Write(middle);
        text.Write(StreamIds.Word(second));
        text.Write(end);
        context.Reply.Error(text.WrittenSpan);
    }
}
