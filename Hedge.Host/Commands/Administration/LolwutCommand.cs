using System.Text;
using Hedge.Host.Declarations;
using Hedge.Host.Servers;

namespace Hedge.Host.Commands.Administration;

internal sealed class LolwutCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LOLWUT", -1,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.None)
    {
        Syntax = "[VERSION version]",
        Arguments = "version:integer",
        Since = "5.0.0",
        Group = "server",
        Complexity = "",
        Summary = "Display some computer art and the Redis version",
    };

    private const int Width = 66;
    private const int Height = 10;

    public static void Execute(CommandContext context)
    {
        if (context.ArgumentCount > 2 && context.Is(1, "VERSION"u8))
        {
            if (!context.TryInteger(2, out _)) return;
        }

        context.Reply.Verbatim("txt", Encoding.UTF8.GetBytes(Draw(context)));
    }

    // A garden hedge, grown from the core's chance: every column is a shrub of its own height, trimmed at the
    // top.
    private static string Draw(CommandContext context)
    {
        ReadOnlySpan<char> leaves = "%&@#*o";
        Span<int> heights = stackalloc int[Width];
        int height = Height / 2;
        for (int x = 0; x < Width; x++)
        {
            height = Math.Clamp(height + (int)(context.Seed.Next() % 3) - 1, 2, Height - 2);
            heights[x] = height;
        }

        var text = new StringBuilder();
        for (int y = Height; y > 0; y--)
        {
            for (int x = 0; x < Width; x++)
            {
                char leaf = leaves[(int)(context.Seed.Next() % (ulong)leaves.Length)];
                text.Append(y > heights[x] ? ' ' : y == heights[x] ? '"' : y == 1 ? '|' : leaf);
            }

            text.Append('\n');
        }

        text.Append('=', Width).Append("\n\n");
        text.Append($"Hedge ver. {Server.HedgeVersion}, Redis ver. {Server.RedisVersion}\n");
        return text.ToString();
    }
}
