using System.Buffers;

namespace Hedge.Host.Commands;

/// <summary>Error replies that quote an argument.</summary>
internal static class ReplyText
{
    /// <summary>Replies with an error made of a text and an argument, which is quoted up to its first zero
    /// byte.</summary>
    public static void Error(CommandContext context, ReadOnlySpan<byte> text, ReadOnlySpan<byte> argument)
    {
        int end = argument.IndexOf((byte)0);
        if (end >= 0) argument = argument[..end];
        int length = text.Length + argument.Length;
        byte[] line = ArrayPool<byte>.Shared.Rent(length);
        text.CopyTo(line);
        argument.CopyTo(line.AsSpan(text.Length));
        context.Reply.Error(line.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(line);
    }
}
