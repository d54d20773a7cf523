using Hedge.Host.Commands.Collections;

namespace Hedge.Host.Commands.Sets;

/// <summary>The arguments of SINTERCARD and its kin: numkeys key [key ...] [LIMIT limit].</summary>
/// <param name="Keys">How many keys there are, from argument 2 on.</param>
/// <param name="Limit">Where to stop counting; 0 for nowhere.</param>
internal readonly record struct SetCount(int Keys, long Limit)
{
    /// <summary>Reads them. False when an error was replied.</summary>
    /// <param name="context">The command.</param>
    /// <param name="takesApprox">True for a command with the option APPROX, which asks for no more than an
    /// estimate.</param>
    /// <param name="count">The arguments.</param>
    public static bool TryRead(CommandContext context, bool takesApprox, out SetCount count)
    {
        count = default;
        if (!KeyCount.TryRead(context, 1, out int keys)) return false;
        long limit = 0;
        for (int i = 2 + keys; i < context.ArgumentCount; i++)
        {
            if (takesApprox && context.Is(i, "APPROX"u8)) continue;
            if (!context.Is(i, "LIMIT"u8) || i + 1 == context.ArgumentCount)
            {
                context.Reply.Error(ErrorText.Syntax);
                return false;
            }

            if (!KeyCount.TryReadLimit(context, ++i, out limit)) return false;
        }

        count = new SetCount(keys, limit);
        return true;
    }
}
