using System.Text;
using Hedge.Host.Settings;

namespace Hedge.Host.Commands.Connections;

/// <summary>
/// Arguments that must not be seen by others, in the slow log or in MONITOR's feed: names and passwords of
/// AUTH and HELLO, and passwords given to CONFIG SET.
/// </summary>
internal static class Redaction
{
    /// <summary>What is shown instead.</summary>
    public static ReadOnlySpan<byte> Replacement => "(redacted)"u8;

    /// <summary>True when the argument of the command that runs must be hidden.</summary>
    public static bool Hides(CommandContext context, int index) => context.Spec.Name switch
    {
        "AUTH" => index > 0,
        "HELLO" => IsCredentialOfHello(context, index),
        "CONFIG|SET" => index > 2 && index % 2 == 1 && IsSecretSetting(context.Argument(index - 1)),
        _ => false,
    };

    private static bool IsCredentialOfHello(CommandContext context, int index)
    {
        for (int option = 2; option < index; option++)
        {
            if (context.Is(option, "SETNAME"u8)) option++;
            else if (!context.Is(option, "AUTH"u8)) continue;
            else if (index <= option + 2) return true;
            else option += 2;
        }

        return false;
    }

    private static bool IsSecretSetting(ReadOnlySpan<byte> name) =>
        SettingDeclarations.Find(Encoding.UTF8.GetString(name)) is { IsSecret: true };
}
