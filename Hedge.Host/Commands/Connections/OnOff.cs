namespace Hedge.Host.Commands.Connections;

/// <summary>The argument "ON | OFF" of CLIENT's switches.</summary>
internal static class OnOff
{
    /// <summary>Reads argument 2. Writes the error reply when it is neither.</summary>
    public static bool TryRead(CommandContext context, out bool on)
    {
        on = context.Is(2, "ON"u8);
        if (on || context.Is(2, "OFF"u8)) return true;
        context.Reply.Error(ErrorText.Syntax);
        return false;
    }
}
