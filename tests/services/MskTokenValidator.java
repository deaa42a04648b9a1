import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;

/**
 * The broker's side of MSK's sign-in by OAUTHBEARER: computes the Signature Version 4 of the presented URL anew and
 * takes only a right one that still holds. The file named by -Dpinlake.msk.accounts is read for each token:
 *   region, clock.offset.seconds (this cluster's clock against the machine's), key.ACCESSKEY (the secret),
 *   token.ACCESSKEY (the session token), refuse (a sentence: nobody gets in).
 */
public class MskTokenValidator implements AuthenticateCallbackHandler {
    private static final long SKEW_SECONDS_MAX = 300;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'");

    /** Why a token is not taken. */
    private static class Refused extends Exception {
        Refused(String why) {
            super(why);
        }
    }

    @Override
    public void configure(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {}

    @Override
    public void close() {}

    @Override
    public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
        for (Callback callback : callbacks) {
            if (!(callback instanceof OAuthBearerValidatorCallback)) throw new UnsupportedCallbackException(callback);
            OAuthBearerValidatorCallback wanted = (OAuthBearerValidatorCallback) callback;
            try {
                wanted.token(check(wanted.tokenValue()));
            } catch (Refused refused) {
                wanted.error("Access denied: " + refused.getMessage(), null, null);
            } catch (Exception exception) {
                wanted.error("Access denied: malformed token", null, null);
            }
        }
    }

    private static OAuthBearerToken check(String token) throws Exception {
        Properties accounts = new Properties();
        try (var reader = Files.newBufferedReader(Path.of(System.getProperty("pinlake.msk.accounts")))) {
            accounts.load(reader);
        }
        if (accounts.containsKey("refuse")) throw new Refused(accounts.getProperty("refuse"));
        String url = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.US_ASCII);
        URI uri = new URI(url);
        // Decoded names and values, in byte order of the encoded names.
        TreeMap<String, String> query = new TreeMap<>();
        for (String pair : uri.getRawQuery().split("&")) {
            int equals = pair.indexOf('=');
            query.put(URLDecoder.decode(pair.substring(0, equals), StandardCharsets.UTF_8),
                      URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
        }
        String signature = query.remove("X-Amz-Signature");
        query.remove("User-Agent");
        require("kafka-cluster:Connect".equals(query.get("Action")), "the action is " + query.get("Action"));
        require("AWS4-HMAC-SHA256".equals(query.get("X-Amz-Algorithm")), "unknown algorithm");
        require("host".equals(query.get("X-Amz-SignedHeaders")), "other headers than host are signed");
        String[] scope = query.get("X-Amz-Credential").split("/");
        require(scope.length == 5 && scope[3].equals("kafka-cluster") && scope[4].equals("aws4_request"), "bad scope");
        String region = accounts.getProperty("region");
        require(scope[2].equals(region), "wrong region: the token is for " + scope[2] + ", this cluster is in " + region);
        require(uri.getHost().equals("kafka." + region + ".amazonaws.com"), "wrong host " + uri.getHost());
        String secret = accounts.getProperty("key." + scope[0]);
        require(secret != null, "unknown access key");
        require(accounts.getProperty("token." + scope[0], "").equals(query.getOrDefault("X-Amz-Security-Token", "")),
                "wrong session token");
        String date = query.get("X-Amz-Date");
        require(date.startsWith(scope[1]), "two dates");
        require(sign(secret, scope, date, uri.getHost(), query).equals(signature),
                "wrong secret: the signature does not match");
        long signed = LocalDateTime.parse(date, TIME).toEpochSecond(ZoneOffset.UTC);
        long expires = Long.parseLong(query.get("X-Amz-Expires"));
        long now = Instant.now().getEpochSecond() + Long.parseLong(accounts.getProperty("clock.offset.seconds", "0"));
        require(expires > 0 && expires <= 900, "holds for too long");
        require(signed <= now + SKEW_SECONDS_MAX, "clock skew: the token was signed " + (signed - now) + " s in the future");
        require(now < signed + expires, "expired: the token ended " + (now - signed - expires) + " s ago");
        return new Taken(token, signed * 1000, (signed + expires) * 1000);
    }

    private static void require(boolean holds, String why) throws Refused {
        if (!holds) throw new Refused(why);
    }

    private static String sign(String secret, String[] scope, String date, String host, TreeMap<String, String> query)
            throws Exception {
        List<String> pairs = new ArrayList<>();
        for (var pair : query.entrySet()) pairs.add(encode(pair.getKey()) + "=" + encode(pair.getValue()));
        pairs.sort(null);
        String request = String.join("\n", "GET", "/", String.join("&", pairs), "host:" + host, "", "host", sha256(""));
        String text = String.join("\n", "AWS4-HMAC-SHA256", date,
                                  String.join("/", scope[1], scope[2], scope[3], scope[4]), sha256(request));
        byte[] key = ("AWS4" + secret).getBytes(StandardCharsets.UTF_8);
        for (int i = 1; i < scope.length; ++i) key = hmac(key, scope[i]);
        return HexFormat.of().formatHex(hmac(key, text));
    }

    private static String encode(String text) {
        StringBuilder out = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || "-._~".indexOf(b) >= 0;
            out.append(plain ? String.valueOf((char) b) : String.format("%%%02X", b));
        }
        return out.toString();
    }

    private static String sha256(String text) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static byte[] hmac(byte[] key, String text) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    private static class Taken implements OAuthBearerToken {
        private final String value;
        private final long starts;
        private final long ends;

        Taken(String value, long starts, long ends) {
            this.value = value;
            this.starts = starts;
            this.ends = ends;
        }

        @Override
        public String value() {
            return value;
        }

        @Override
        public Set<String> scope() {
            return Set.of();
        }

        @Override
        public long lifetimeMs() {
            return ends;
        }

        @Override
        public String principalName() {
            return "kafka-cluster";
        }

        @Override
        public Long startTimeMs() {
            return starts;
        }
    }
}
