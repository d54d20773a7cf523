using System.Security.Cryptography;
using System.Text;

namespace Hedge.Host.Monitoring;

/// <summary>The page, a resource of the assembly. It may run the one script and use the one style sheet that
/// it has, and ask nobody but this server.</summary>
internal static class StatusPage
{
    private const string Resource = "Hedge.Host.Monitoring.page.html";

    /// <summary>The page as it is sent.</summary>
    public static HttpAnswer Answer { get; } = Make();

    private static HttpAnswer Make()
    {
        using Stream stream = typeof(StatusPage).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException(Resource);
        using var reader = new StreamReader(stream);
        string page = reader.ReadToEnd();
        string policy = $"default-src 'none'; script-src {HashOf(page, "script")}; "
            + $"style-src {HashOf(page, "style")}; connect-src 'self'; img-src data:; base-uri 'none'; "
            + "form-action 'none'; frame-ancestors 'none'";
        return new HttpAnswer(200, "text/html; charset=utf-8", Encoding.UTF8.GetBytes(page))
        {
            Headers =
            [
                ("Content-Security-Policy", policy), ("Referrer-Policy", "no-referrer"),
                ("X-Frame-Options", "DENY"),
            ],
        };
    }

    private static string HashOf(string page, string element)
    {
        string open = $"<{element}>";
        int start = page.IndexOf(open, StringComparison.Ordinal) + open.Length;
        int end = page.IndexOf($"</{element}>", start, StringComparison.Ordinal);
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(page[start..end]));
        return $"'sha256-{Convert.ToBase64String(hash)}'";
    }
}
