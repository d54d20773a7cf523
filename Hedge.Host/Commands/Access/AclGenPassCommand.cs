using Hedge.Host.Access;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Access;

internal sealed class AclGenPassCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ACL|GENPASS", -2,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "[bits]",
        Arguments = "bits:integer",
        Since = "6.0.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Generate a pseudorandom secure password to use for ACL users",
    };

    private const long BitsDefault = 256;
    private const long BitsMax = 4096;
    private const int BitsPerDigit = 4;

    public static void Execute(CommandContext context)
    {
        const string problem = "ERR ACL GENPASS argument must be the number of bits for the output "
            + "password, a positive number up to 4096";
        if (context.ArgumentCount > 3)
        {
            Subcommands.WrongNumber(context);
            return;
        }

        long bits = BitsDefault;
        if (context.ArgumentCount == 3 && !context.TryInteger(2, out bits)) return;
        if (bits is < 1 or > BitsMax)
        {
            context.Reply.Error(problem);
            return;
        }

        int digits = (int)((bits + BitsPerDigit - 1) / BitsPerDigit);
        context.Reply.BulkAscii(Passwords.Make(digits));
    }
}
